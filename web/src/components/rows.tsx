import type { ReactNode } from 'react';

interface RowsTableProps {
  readonly label: string;
  readonly heads: readonly string[];
  /** Columns of figures, by their place. */
  readonly numbers?: readonly number[];
  readonly rows: readonly (readonly [key: string, ...cells: ReactNode[]])[];
}

/** A short table within a page: all of its rows are there. */
export function RowsTable({ label, heads, numbers = [], rows }: RowsTableProps): ReactNode {
  const side = (at: number): string | undefined => (numbers.includes(at) ? 'number' : undefined);
  return (
    <div className="sheet scroll" style={{ padding: 0 }} tabIndex={0} role="region" aria-label={label}>
      <table className="list">
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th key={head} scope="col" className={side(at)}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, ...cells]) => (
            <tr key={key}>
              {cells.map((cell, at) => (
                <td key={heads[at]} className={side(at)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
