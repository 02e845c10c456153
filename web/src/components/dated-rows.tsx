import type { ReactNode } from 'react';
import { usePreferences } from '../app/preferences.ts';
import { fieldName, valueText, type RuleRow } from '../format/rule-text.ts';
import { RowsTable } from './rows.tsx';

interface DatedRowsProps {
  readonly label: string;
  /** Of rules: `terms`, `charges`, `windows`. */
  readonly section: string;
  readonly rows: readonly RuleRow[];
}

/** A row of many fields is read from top to bottom, few such rows beside each other. */
const MOST_ACROSS = 6;
const MOST_BESIDE = 3;

/** Rows of rules, their fields by name. The file has other names: they stand in the tip of each. */
export function DatedRows({ label, section, rows }: DatedRowsProps): ReactNode {
  const looks = usePreferences();
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => rows.some((row) => row[name] !== null && row[name] !== undefined)); // prettier-ignore
  const named = (name: string): ReactNode => <FieldName key="name" section={section} name={name} />;
  const value = (row: RuleRow, name: string): ReactNode => <RuleValue key={name} section={section} name={name} of={row[name]} />; // prettier-ignore
  if (names.length > MOST_ACROSS && rows.length <= MOST_BESIDE) {
    const [first = 'from', ...others] = names;
    return (
      <RowsTable
        label={label}
        heads={[fieldName(looks, section, first), ...rows.map((row) => valueText(looks, section, first, row[first]))]}
        rows={others.map((name) => [name, named(name), ...rows.map((row) => value(row, name))])}
      />
    );
  }
  return (
    <RowsTable
      label={label}
      heads={names.map((name) => fieldName(looks, section, name))}
      rows={rows.map((row) => [JSON.stringify(row), ...names.map((name) => value(row, name))])}
    />
  );
}

interface NamedField {
  readonly section: string;
  readonly name: string;
}

/** What a field is called; how files call it stands in the tip. */
export function FieldName({ section, name }: NamedField): ReactNode {
  return <span title={name}>{fieldName(usePreferences(), section, name)}</span>;
}

export function RuleValue({ section, name, of }: NamedField & { readonly of: unknown }): ReactNode {
  return <bdi>{valueText(usePreferences(), section, name, of)}</bdi>;
}

/** The fields of one row, one below the other. */
export function RuleFields({ section, row }: { readonly section: string; readonly row: RuleRow | null }): ReactNode {
  if (row === null) return '—';
  return (
    <dl className="fields">
      {Object.entries(row)
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>
              <FieldName section={section} name={name} />
            </dt>
            <dd>
              <RuleValue section={section} name={name} of={value} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

/** A Jalali month as the API has it: `1405-03`, `*` for every one. */
export function Period({ of }: { readonly of: string }): ReactNode {
  return <RuleValue section="periods" name="period" of={of} />;
}
