import type pg from 'pg';
import { tehran } from '../ops/clock.ts';
import type { Batches } from './batches.ts';
import { reversalEntry } from './entries.ts';

/** Rows of one kind a run; what is left comes with the next. */
const BATCH = 500;
/** No repeat and no late original is older. */
const TOMBSTONE_MS = 30 * 86_400_000;
/** The content of a reversal that nobody sent. */
const UNCONFIRMED = Buffer.from('unconfirmed');

/** Ends what has had its time: reserved quotes, unconfirmed purchases, credit past its last day, old tombstones. Safe in
 *  any number of copies of the gateway at once (migrations/0007_expiry.sql). */
export async function expire(pool: pg.Pool, batches: Batches, now: number): Promise<void> {
  await pool.query('select expire_quotes($1, $2)', [now, BATCH]);
  await reverseUnconfirmed(pool, batches, now);
  await pool.query('select expire_credit($1, $2, $3)', [now, tehran(now).isoDate, BATCH]);
  await pool.query('delete from tombstones where at < $1', [now - TOMBSTONE_MS]);
}

interface Unconfirmed {
  merchant_id: string;
  terminal_id: string;
  stan: string;
  transmission: string;
  total_rials: string;
  leg_stan: string;
  leg_at: string;
}

/** A purchase that wants its 0220 and did not get it in time is reversed, as its terminal would have (wire.md 9.5). */
async function reverseUnconfirmed(pool: pg.Pool, batches: Batches, now: number): Promise<void> {
  const { rows } = await pool.query<Unconfirmed>(
    `select merchant_id, terminal_id, t.stan, r.transmission, t.total_rials, t.leg_stan, t.leg_at
       from transactions t join requests r using (household_id, transaction_id, business_day, merchant_id, terminal_id)
      where t.confirm_by <= $1 and t.confirm_by is not null and t.confirmed_at is null and t.state = 'approved'
        and t.kind = 'purchase' order by t.confirm_by limit $2`,
    [now, BATCH],
  );
  const reversals = rows.map((row) =>
    reversalEntry({
      // No clock shows this: the terminal's own reversal keeps its name.
      key: { terminal: row.terminal_id, stan: row.stan, localTime: '', localDate: '' },
      merchant: row.merchant_id,
      contentHash: UNCONFIRMED,
      at: now,
      original: { mti: '0200', stan: row.stan, transmission: row.transmission },
      totalRials: BigInt(row.total_rials),
      correctedRials: undefined,
      reason: '68',
      leg: { stan: row.leg_stan, transmission: row.leg_at },
    }),
  );
  await Promise.all(reversals.map((entry) => batches.decide(entry)));
}
