import type { ReactNode } from 'react';

export type Fact = readonly [what: ReactNode, is: ReactNode, key?: string];

/** What, and what it is; rows of `undefined` are left out. */
export function Facts({ rows }: { readonly rows: readonly (Fact | undefined)[] }): ReactNode {
  return (
    <dl className="facts">
      {rows
        .filter((row) => row !== undefined)
        .map(([what, is, key], at) => (
          <FactRow key={key ?? at} what={what} is={is} />
        ))}
    </dl>
  );
}

function FactRow({ what, is }: { readonly what: ReactNode; readonly is: ReactNode }): ReactNode {
  return (
    <>
      <dt>{what}</dt>
      <dd>{is ?? '—'}</dd>
    </>
  );
}
