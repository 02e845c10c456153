import type { Pool } from 'pg';
import { DAY_MS } from '../ops/clock.ts';
import { transaction } from '../ops/database.ts';
import { sqlIn } from '../ops/sql.ts';

const HOUR_MS = 3_600_000;
/** A copy writes late what it kept while the database was away: hours so old are summed again. */
const AGAIN_HOURS = 3;
/** Long enough for the range of a day; hours for the range of a month. */
const KEEP_MINUTES_MS = 2 * DAY_MS;
const KEEP_HOURS_MS = 32 * DAY_MS;

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** The duty: hours from minutes, and what is too old goes. One copy at a time does it, and doing it again changes nothing.
 *  @returns whether it was done here */
export function rollUp(pool: Pool, now: number): Promise<boolean> {
  return transaction(pool, async (db) => {
    const lease = await db.query<{ free: boolean }>('select pg_try_advisory_xact_lock(8583, 790) as free');
    if (lease.rows[0]?.free !== true) return false;
    const until = Math.floor(now / HOUR_MS) * HOUR_MS;
    await db.query(sql('hours'), [new Date(until - AGAIN_HOURS * HOUR_MS), new Date(until)]);
    await db.query(sql('prune'), [
      new Date(now - KEEP_MINUTES_MS),
      new Date(now - KEEP_HOURS_MS),
      new Date(now - DAY_MS),
    ]);
    return true;
  });
}
