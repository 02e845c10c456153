import type pg from 'pg';
import { expect } from '@jest/globals';
import { alone, context, entry, type Functions, type Row } from './functions.ts';

/** One household and what stands in its books, for functions that are called alone. */

export const TODAY = '2026-11-23';
/** Of the business day before, which is closed. */
export const YESTERDAY = '2026-11-22';
export const NOON = Date.parse('2026-11-23T12:00:00+03:30');

/** The day that is open and the one before it, each with its tables. */
export const openDays = (pool: pg.Pool): Promise<unknown> =>
  pool.query(`insert into business_days values ('${YESTERDAY}', now()), ('${TODAY}', null)`);

const RULES = {
  programme_id: 'test',
  pin_check: 'none',
  min_card_rials: 0,
  min_card_as: 'price',
  limited: false,
  confirmation: 'none',
};
const BATCH = {
  day: TODAY,
  near: ['1122', '1123', '1124'],
  rrn_day: '6327',
  rrn_hour: '12',
  rrn_base: 100,
  rules: RULES,
};
const SHOP = { terminal_id: '20000001', merchant_id: '000000000000101', masked: '603799******0006' };
const ENTRY = {
  ...SHOP, ord: 1, id: 107, at: NOON, today: TODAY, household_id: 'H1', household_status: 'active', members: 2, guild: 'supermarket',
}; // prettier-ignore

/** A purchase of 600 rials, 500 of bucket 1 and 100 of bucket 2; its number is 50. */
export const SALE = {
  ...SHOP, household_id: 'H1', transaction_id: 50, business_day: TODAY, kind: 'purchase', state: 'approved', stan: '000001',
  local_time: '110000', local_date: '1123', at: NOON - 3_600_000, rc: '00', reason: 'approved', rrn: '632711000050',
  total_rials: 600, voucher_rials: 600, bucket_ids: [1, 2], take_rials: [500, 100], leg_stan: '000051', leg_at: '1123073000',
}; // prettier-ignore
export const SALE_SENT = '1123073000';

export const QUOTE_REF = '1632711000050';
/** A reservation of all of bucket 1, good for a second more. */
export const QUOTE = {
  household_id: 'H1', quote_ref: QUOTE_REF, transaction_id: 50, state: 'held', expires_at: NOON + 1_000, total_rials: 500, voucher_rials: 500,
  bucket_ids: [1], take_rials: [500], merchant_id: SHOP.merchant_id, terminal_id: SHOP.terminal_id,
}; // prettier-ignore

/** Bucket 1 of 500 rials until the end of November, bucket 2 of 400 until the end of December. */
export const bucket = (id: number, more: Row = {}): Row => ({
  household_id: 'H1',
  bucket_id: id,
  programme_id: 'test',
  period: `P${id}`,
  amount_rials: id === 1 ? 500 : 400,
  valid_from: '2026-11-01',
  valid_to: id === 1 ? '2026-11-30' : '2026-12-30',
  ...more,
});

/** What stands in the books before the call. `requests` are made of those transactions that have a STAN of their own. */
export interface Standing {
  readonly buckets?: readonly Row[];
  readonly transactions?: readonly Row[];
  readonly quotes?: readonly Row[];
  readonly more?: readonly (readonly [table: string, row: Row])[];
}

/** What stands in them afterwards. */
export interface Books {
  /** spent, held and expired of each bucket */
  readonly buckets: readonly (readonly number[])[];
  readonly transactions: Readonly<Record<string, Row>>;
  readonly quotes: readonly string[];
  /** kind, bucket, what the household and the fund have of it */
  readonly postings: readonly (readonly unknown[])[];
  /** rials and reason of each 0420 to the bank */
  readonly advices: readonly (readonly unknown[])[];
  readonly tombstones: number;
  /** rials of what households owe */
  readonly shortages: readonly number[];
}

/** Sets the books out, then runs `work` on them; nothing of it stays. */
export function withBooks<T>(
  pool: pg.Pool,
  standing: Standing,
  work: (functions: Functions, books: () => Promise<Books>) => Promise<T>,
): Promise<T> {
  return alone(pool, async (functions) => {
    for (const row of standing.buckets ?? []) await functions.insert('buckets', row);
    for (const row of standing.transactions ?? []) {
      await functions.insert('transactions', row);
      await functions.insert('requests', requestOf(row));
    }
    for (const row of standing.quotes ?? []) await functions.insert('quotes', row);
    for (const [table, row] of standing.more ?? []) await functions.insert(table, row);
    return work(functions, () => read(functions));
  });
}

function requestOf(row: Row): Row {
  const { merchant_id, terminal_id, stan, local_time, local_date, business_day, household_id, transaction_id } = row;
  return {
    merchant_id, terminal_id, stan, local_time, local_date, business_day, household_id, transaction_id,
    family: '02', transmission: SALE_SENT, content_hash: '\\x00',
  }; // prettier-ignore
}

async function read(functions: Functions): Promise<Books> {
  const rows = await functions.rows(`select
    (select coalesce(json_agg(json_build_array(spent_rials, held_rials, expired_rials) order by household_id, bucket_id), '[]')
       from buckets) as buckets,
    (select coalesce(json_object_agg(transaction_id, to_jsonb(t)), '{}') from transactions t) as transactions,
    (select coalesce(json_agg(state order by household_id, quote_ref), '[]') from quotes) as quotes,
    (select coalesce(json_agg(json_build_array(kind, bucket_id, household_voucher, programme_fund)
       order by household_id, transaction_id, line), '[]') from postings) as postings,
    (select coalesce(json_agg(json_build_array(amount_rials, reason) order by advice_id), '[]') from bank_advices) as advices,
    (select count(*)::int from tombstones) as tombstones,
    (select coalesce(json_agg(rials), '[]') from credit_shortages) as shortages`);
  return rows[0] as unknown as Books;
}

/** A row of a table of cases: what stands in the books, what is called with, what it says, and what stands then. */
export type Case = readonly [what: string, standing: Standing, entry: Row, verdict: Row, after: Partial<Books>];

/** Calls a function that decides one entry, moves what its verdict says, and compares both. */
export async function decides(
  pool: pg.Pool,
  name: string,
  [, standing, more, verdict, after]: Case,
  rules: Row = {},
): Promise<void> {
  const batch = { ...BATCH, rules: { ...RULES, ...rules } };
  await withBooks(pool, standing, async (functions, books) => {
    const said = (await functions.call(name, entry({ ...ENTRY, ...more }), context(batch))) as Row;
    expect(said).toMatchObject(verdict);
    await move(functions, said);
    const found = await books();
    expect(found).toMatchObject(after);
    expect(found.postings).toEqual([]); // the batch posts what its verdicts move (decide_batch.sql)
  });
}

/** Writes what a verdict moves, as a batch does: by the table of movements. The voucher rials are those of its buckets. */
async function move(functions: Functions, verdict: Row): Promise<void> {
  const { movement, household_id, bucket_ids, take_rials, voucher_rials, short_rials } = verdict;
  if (movement === null) return;
  const takes = take_rials as readonly number[];
  if (movement !== 'release') {
    expect(takes.reduce((sum, rials) => sum + rials, 0)).toBe(Number(voucher_rials) - Number(short_rials ?? 0));
  }
  const [moved] = await functions.rows(`select held, spent from movements() where movement = '${movement as string}'`);
  const ids = `{${(bucket_ids as readonly number[]).join(',')}}`;
  const { held, spent } = moved!;
  await functions.call('move_credit', String(household_id), ids, `{${takes.join(',')}}`, Number(held), Number(spent));
}
