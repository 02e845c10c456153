import { useMemo, useState, type ReactNode } from 'react';
import { bytesOf, fieldAtByte, type Placed } from '../format/hex.ts';

export interface HexField extends Placed {
  /** What stands beside the bytes: number, name and value. */
  readonly cells: readonly ReactNode[];
}

interface HexViewProps {
  /** Two digits a byte; `**` for a byte that is not shown. */
  readonly hex: string;
  readonly fields: readonly HexField[];
  readonly heads: readonly string[];
}

const ROW = 16;

/** Bytes and what they mean, side by side: pointing at either lights up the other. By the keyboard, each field can be reached. */
export function HexView({ hex, fields, heads }: HexViewProps): ReactNode {
  const bytes = useMemo(() => bytesOf(hex), [hex]);
  const owners = useMemo(() => fieldAtByte(bytes.length, fields), [bytes, fields]);
  const [lit, setLit] = useState<number>();
  const rows = Array.from({ length: Math.ceil(bytes.length / ROW) }, (_, row) => row * ROW);
  return (
    <div className="hexview">
      <div className="scroll" dir="ltr" tabIndex={0}>
        <table className="hextable hex" onMouseLeave={() => { setLit(undefined); }}>
          <tbody>
            {rows.map((start) => (
              <tr key={start}>
                <th scope="row">{start.toString(16).padStart(4, '0')}</th>
                {bytes.slice(start, start + ROW).map((byte, at) => {
                  const owner = owners[start + at];
                  return (
                    <td
                      key={at}
                      className={owner !== undefined && owner === lit ? 'lit' : owner === undefined ? 'head' : undefined}
                      onMouseEnter={() => { setLit(owner); }}
                    >
                      {byte}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="scroll" tabIndex={0}>
        <table className="list">
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fields.map(({ cells }, field) => (
              <tr
                key={field}
                tabIndex={0}
                className={field === lit ? 'lit' : undefined}
                onMouseEnter={() => { setLit(field); }}
                onFocus={() => { setLit(field); }}
              >
                {cells.map((cell, at) => (
                  <td key={at}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  ); // prettier-ignore
}
