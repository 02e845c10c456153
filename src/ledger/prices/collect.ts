import type { Pool, PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';

/** Adds up what goods cost, from the lines of purchases (migrations/0846_price_observations.sql). */

/** A day is read so long after its close: the night's payments go first, and what the bank was asked about is decided. */
const AFTER_CLOSE_MS = 2 * 3_600_000;
/** Transactions in one page, and pages in one run. */
const PAGE = 2_000;
const MOST_PAGES = 20;

export interface CollectOptions {
  readonly now: number;
  readonly afterCloseMs?: number;
  readonly page?: number;
  readonly mostPages?: number;
}

/** Reads on where the last run stopped, the oldest day first: any number of copies may call it, and a page counts once.
 *  @returns how many pages were read */
export async function collectPrices(pool: Pool, options: CollectOptions): Promise<number> {
  const { mostPages = MOST_PAGES } = options;
  let pages = 0;
  while (pages < mostPages && (await transaction(pool, (db) => readPage(db, options)))) pages++;
  return pages;
}

async function readPage(
  db: PoolClient,
  { now, afterCloseMs = AFTER_CLOSE_MS, page = PAGE }: CollectOptions,
): Promise<boolean> {
  const { rows } = await db.query<{ day: string; after: string }>(NEXT, [new Date(now - afterCloseMs)]);
  const [next] = rows;
  if (next === undefined) return false;
  const mine = await db.query<{ mine: boolean }>('select pg_try_advisory_xact_lock(8583, 846) as mine');
  if (mine.rows[0]?.mine !== true) return false;
  // another copy may have read on between the two
  const { rows: again } = await db.query<{ after: string; done: boolean }>(
    `insert into price_progress (business_day) values ($1) on conflict (business_day) do update set done = price_progress.done
     returning after_household as after, done`,
    [next.day],
  );
  const [place] = again;
  if (place === undefined || place.done) return true;
  const bounds = await db.query<{ last: string | null; seen: string }>(
    `select max(household_id) as last, count(*) as seen
       from (select household_id from transactions where business_day = $1 and household_id > $2 order by household_id limit $3) p`,
    [next.day, place.after, page],
  );
  const { last = null, seen = '0' } = bounds.rows[0] ?? {};
  if (last !== null) await db.query(ADD, [next.day, place.after, last]);
  await db.query(
    'update price_progress set after_household = coalesce($2, after_household), done = $3 where business_day = $1',
    [next.day, last, Number(seen) < page],
  );
  return true;
}

/** The oldest closed day that is not read to its end, from the first on that has its prices observed. */
const NEXT = `
  select d.business_day::text as day, coalesce(p.after_household, '') as after
    from business_days d left join price_progress p using (business_day)
   where d.closed_at <= $1 and coalesce(not p.done, true)
     and d.business_day >= (select min(valid_from) from programme_baskets where observe_prices)
   order by d.business_day limit 1`;

/** Purchases that stand; goods of the scheme on that day. */
const ADD = `
  insert into price_days as p (business_day, good, merchant_id, unit, lines, quantity, rials, least_rials, most_rials)
  select $1, x.good, t.merchant_id, x.unit, count(*), sum(x.quantity), sum(x.rials), min(x.price), max(x.price)
    from transactions t
   cross join lateral (
     select l ->> 0 as good, l ->> 1 as unit, (l ->> 2)::bigint as quantity, (l ->> 3)::bigint as rials,
            round((l ->> 3)::numeric * case l ->> 1 when '00' then 1 else 1000 end / (l ->> 2)::bigint)::bigint as price
       from jsonb_array_elements(t.lines) l) x
   where t.business_day = $1 and t.household_id > $2 and t.household_id <= $3
     and t.kind = 'purchase' and t.state = 'approved' and t.lines is not null
     and exists (select from goods g where g.code = x.good and g.valid_from <= $1 and g.valid_to >= $1)
   group by x.good, t.merchant_id, x.unit
  on conflict (business_day, good, merchant_id, unit) do update
     set lines = p.lines + excluded.lines, quantity = p.quantity + excluded.quantity, rials = p.rials + excluded.rials,
         least_rials = least(p.least_rials, excluded.least_rials), most_rials = greatest(p.most_rials, excluded.most_rials)`;
