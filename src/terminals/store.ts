import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../ops/errors.ts';
import { isoInstant, sqlIn } from '../ops/sql.ts';
import type { Terminal, TerminalState, Verdict } from './terminal.ts';

type Db = Pool | PoolClient;

const sql = sqlIn(new URL('./sql/', import.meta.url));
const SELECT = (): string =>
  sql('terminals').replaceAll(/:iso\(([^()]+)\)/g, (_, column: string) => isoInstant(column));

/** @throws GatewayError `terminals.unknown` */
export async function terminalOf(db: Db, terminal: string): Promise<Terminal> {
  const { rows } = await db.query<Terminal>(`${SELECT()} where t.terminal_id = $1`, [terminal]);
  const [row] = rows;
  if (row === undefined) throw new GatewayError('terminals.unknown', `There is no terminal ${terminal}.`);
  return row;
}

export interface TerminalFilter {
  readonly state?: TerminalState | undefined;
  readonly merchant?: string | undefined;
  readonly psp?: string | undefined;
  readonly model?: string | undefined;
  readonly profile?: string | undefined;
  readonly serial?: string | undefined;
  readonly certification?: Verdict | undefined;
  /** DE 41 of the last one of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** @returns by DE 41 */
export async function listTerminals(db: Db, filter: TerminalFilter): Promise<Terminal[]> {
  const { rows } = await db.query<Terminal>(
    `${SELECT()}
      where t.terminal_id > $1 and ($2::text is null or t.state = $2) and ($3::text is null or t.merchant_id = $3)
        and ($4::text is null or t.psp = $4) and ($5::text is null or t.model = $5) and ($6::text is null or t.profile = $6)
        and ($7::text is null or t.serial = $7) and ($8::text is null or v.verdict = $8)
      order by t.terminal_id limit $9`,
    [
      filter.after ?? '',
      filter.state ?? null,
      filter.merchant ?? null,
      filter.psp ?? null,
      filter.model ?? null,
      filter.profile ?? null,
      filter.serial ?? null,
      filter.certification ?? null,
      filter.limit,
    ],
  );
  return rows;
}

export interface TerminalMove {
  readonly from: string | null;
  readonly to: string;
  /** The day in Tehran from whose beginning on it belongs to the new shop. */
  readonly onDay: string;
  readonly state: 'waits' | 'done' | 'dropped';
  readonly reason: string;
  readonly by: string;
}

/** Which shops it was moved to, the newest first. */
export async function movesOf(db: Db, terminal: string): Promise<TerminalMove[]> {
  const { rows } = await db.query<TerminalMove>(
    `select was as "from", merchant_id as "to", on_day::text as "onDay", reason, actor as by,
            case when applied_at is not null then 'done' when dropped_at is not null then 'dropped' else 'waits' end as state
       from terminal_moves where terminal_id = $1 order by move_id desc limit 100`,
    [terminal],
  );
  return rows;
}
