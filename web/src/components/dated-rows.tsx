import type { ReactNode } from 'react';
import { RowsTable } from './rows.tsx';
import { Day, Ltr } from './texts.tsx';

type Row = Readonly<Record<string, unknown>>;

/** Dated rows of a file of rules, under the names that the file has: who reads them writes such files. */
export function DatedRows({ label, rows }: { readonly label: string; readonly rows: readonly Row[] }): ReactNode {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => rows.some((row) => row[name] !== null)); // prettier-ignore
  return (
    <RowsTable
      label={label}
      heads={heads}
      codes
      rows={rows.map((row) => [JSON.stringify(row), ...heads.map((name) => <Value key={name} of={row[name]} />)])}
    />
  );
}

function Value({ of }: { readonly of: unknown }): ReactNode {
  if (of === null || of === undefined) return '—';
  if (typeof of === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(of)) return <Day iso={of} />;
  return <Ltr>{typeof of === 'string' ? of : JSON.stringify(of)}</Ltr>;
}
