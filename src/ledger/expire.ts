import type pg from 'pg';
import { tehran } from '../ops/clock.ts';

/** Rows of one kind a run; what is left comes with the next. */
const BATCH = 500;
/** No repeat and no late original is older. */
const TOMBSTONE_MS = 30 * 86_400_000;

/** Ends what has had its time: reserved quotes, unconfirmed purchases, credit past its last day, old tombstones. Safe in
 *  any number of copies of the gateway at once (migrations/0007_expiry.sql). */
export async function expire(pool: pg.Pool, now: number): Promise<void> {
  await pool.query('select expire_quotes($1, $2)', [now, BATCH]);
  await pool.query('select reverse_unconfirmed($1, $2, $3)', [now, tehran(now).isoDate, BATCH]);
  await pool.query('select expire_credit($1, $2, $3)', [now, tehran(now).isoDate, BATCH]);
  await pool.query('delete from tombstones where at < $1', [now - TOMBSTONE_MS]);
}
