import type pg from 'pg';
import { addDays } from '../../src/field/jalali.ts';
import { tehran } from '../../src/ops/clock.ts';

/** Closed days before today with their transactions, requests and postings, as many a day: what a ledger at work has behind it. */
export async function fillPast(pool: pg.Pool, days: number, transactions: number, households: number): Promise<void> {
  const today = tehran(Date.now()).isoDate;
  const perDay = Math.floor(transactions / days);
  for (let n = days; n > 0; n--) {
    const day = addDays(today, -n);
    await pool.query(
      `insert into business_days (business_day, closed_at) values ($1, $1::date + 1) on conflict do nothing`,
      [day],
    );
    await pool.query('select prepare_days($1, 1)', [day]);
    await pool.query(PURCHASES, [day, perDay, households]);
    await pool.query(REQUESTS, [day]);
    await pool.query(POSTINGS, [day]);
  }
  await pool.query('vacuum analyze transactions, requests, postings');
}

/** Each a purchase that a voucher paid, at the first shop's terminals. */
const PURCHASES = `
  insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date, merchant_id, masked, at,
                            rc, reason, rrn, auth_code, total_rials, voucher_rials, bucket_ids, take_rials)
  select (1 + (hashint8(n * 7)::bigint & 2147483647) % $3::bigint)::text, nextval('transaction_ids'), $1::date, 'purchase', 'approved',
         (10000001 + n % 2000)::text, lpad((900000 + n / 2000 % 99999)::text, 6, '0'), to_char(n % 86400 * interval '1 second', 'HH24MISS'),
         to_char($1::date, 'MMDD'), lpad((1 + n % 2000 / 10)::text, 15, '0'), '603799******0000',
         extract(epoch from $1::date)::bigint * 1000 + n % 86400 * 1000, '00', 'approved',
         substr(to_char($1::date, 'YYYY'), 4) || to_char($1::date, 'DDD') || lpad(n::text, 8, '0'), '000000', 1000, 1000, array[1], array[1000]
    from generate_series(0, $2::bigint - 1) n`;
const REQUESTS = `
  insert into requests (merchant_id, terminal_id, stan, local_time, local_date, family, business_day, transmission, content_hash, household_id, transaction_id)
  select merchant_id, terminal_id, stan, local_time, local_date, '02', business_day, local_date || local_time, '\\x00', household_id, transaction_id
    from transactions where business_day = $1 on conflict do nothing`;
const POSTINGS = `
  insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id, household_voucher, merchant_payable)
  select household_id, transaction_id, 1, business_day, at, 'purchase', merchant_id, 1, -1000, 1000 from transactions where business_day = $1`;
