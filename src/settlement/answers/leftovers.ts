import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { personName } from '../../ops/person-name.ts';
import { isoInstant } from '../../ops/sql.ts';

/** What the bank booked, or said, that is about none of our orders: it waits until a person says what it is. */
export interface Leftover {
  readonly id: string;
  /** Account, Id, sequence and period of the statement; '' where a report said it. */
  readonly statement: string;
  readonly file: string;
  readonly line: number;
  /** `NONE`: no booking, but something to ask the bank about. */
  readonly direction: 'DBIT' | 'CRDT' | 'NONE';
  readonly rials: string | null;
  readonly bookedOn: string;
  readonly shown: string;
  readonly reason: string;
  readonly raisedAt: string;
  readonly closedBy: string | null;
  readonly note: string | null;
  readonly version: number;
}

const MOST = 1_000;

export interface LeftoverPlace {
  /** The last number of the page before. */
  readonly after?: string | undefined;
  readonly id?: string | undefined;
  readonly limit: number;
}

/** @param all the closed ones too
 *  @returns the oldest first, at most 1,000 */
export async function listLeftovers(
  pool: Pool | PoolClient,
  all = false,
  { after, id, limit }: LeftoverPlace = { limit: MOST },
): Promise<Leftover[]> {
  const { rows } = await pool.query<Leftover>(
    `select leftover_id::text as id, statement, f.name as file, line, direction, rials::text, booked_on as "bookedOn", shown, reason,
            ${isoInstant('raised_at')} as "raisedAt", closed_by as "closedBy", note, version
       from bank_leftovers l join taken_files f using (sha256)
      where ($1 or closed_at is null) and ($3::bigint is null or leftover_id > $3) and ($4::bigint is null or leftover_id = $4)
      order by leftover_id limit $2`,
    [all, limit, after ?? null, id ?? null],
  );
  return rows;
}

/** @param note what it is, and what was done
 *  @throws GatewayError `leftover.unknown` when none of that number is open */
export async function closeLeftover(pool: Pool | PoolClient, id: string, by: string, note: string): Promise<void> {
  const known = /^\d{1,18}$/.test(id);
  const { rowCount } = known
    ? await pool.query(
        `update bank_leftovers set closed_by = $2, note = $3, closed_at = now() where leftover_id = $1 and closed_at is null`,
        [id, personName(by), note.trim()],
      )
    : { rowCount: 0 };
  if (rowCount !== 1) throw new GatewayError('leftover.unknown', `No leftover ${id.slice(0, 20)} is open.`);
}
