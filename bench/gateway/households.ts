import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoPan } from '../../src/demo/programme.ts';
import { jalaliMonth } from '../../src/field/jalali.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import type { System } from '../../test/support/system.ts';

/** Who buys in the benches, beside the demo's households: a purchase seldom meets another of its household, as in a country. */
export const HOUSEHOLDS = { first: 1_001, count: 100_000 };
/** More than any bench uses up. */
const RIALS = 1_000_000_000_000;

/** Their cards and a bucket of credit each, in the gateway's books. */
export async function fillBooks(system: System): Promise<void> {
  const { first, count } = HOUSEHOLDS;
  const month = jalaliMonth(tehran(systemClock.now()).isoDate);
  await system.query(
    'insert into households (household_id, members) select n::text, 1 from generate_series($1::int, $1 + $2 - 1) n',
    [first, count],
  );
  await system.query(
    `with filled as (
       insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
       select n::text, 'demo', $3, $4, $5, $6 from generate_series($1::int, $1 + $2 - 1) n returning household_id, bucket_id, amount_rials)
     insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
     select household_id, nextval('transaction_ids'), 1, (select max(business_day) from business_days), $7, 'allocation', bucket_id, -amount_rials, amount_rials
       from filled`,
    [first, count, month.period, RIALS, month.first, month.last, systemClock.now()],
  );
  const file = join(system.data, 'cards.csv');
  const lines = Array.from({ length: count }, (_, i) => `${demoPan(first + i)},${first + i}`);
  writeFileSync(file, `pan,household\n${lines.join('\n')}\n`);
  const { status, stderr } = await system.kalabarg('credit', 'load', file);
  rmSync(file);
  if (status !== 0) throw new Error(`the cards were not taken: ${stderr}`);
  await system.query('vacuum analyze households, cards, buckets');
}
