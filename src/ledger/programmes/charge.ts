import type pg from 'pg';
import { DECISIONS } from '../../ops/function-set.ts';
import { tehran } from '../../ops/clock.ts';
import { earlierNow } from '../clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { addDays, dayNumber, jalaliMonth } from '../../field/jalali.ts';
import { transaction } from '../../ops/database.ts';

/** Households in one transaction, and transactions in one run of the periodic work. */
const PAGE = 2_000;
const MOST_PAGES = 10;
/** Flags that were noted since, in one run: what they give of months that are over. */
const LATE_FLAGS = 500;

export interface Charged {
  readonly programme: string;
  readonly households: number;
  readonly rials: bigint;
}

/** Which households a round looks at, as of $7. */
const LOOKED = {
  all: '$7::date is null',
  changed: `household_id in (select ${DECISIONS}.changed_since($7::date, $2::date))`,
} as const;

/** What is due to a page of households ($5 of them, after $4; of those that changed since $7, unless it is null) for programme $1 on day $2,
 *  the day $3 of its Jalali month.
 *  Whoever has credit of the period already, from a file or from here, is passed over: twice is not possible. */
const dueOf = (looked: (typeof LOOKED)[keyof typeof LOOKED]): string => `
  page as materialized (
    select household_id, members, status, coalesce(decile, 0) as decile, head_last_digit from households
     where household_id > $4 and ${looked} order by household_id limit $5),
  rule as (
    select * from programme_charges where programme_id = $1 and valid_from <= $2 order by valid_from desc limit 1),
  due as (
    select p.household_id, p.members * r.rials_per_person[p.decile + 1] as rials, d.day as charge_day, r.valid_months
      from page p cross join rule r
     cross join lateral (select r.charge_days[
       case r.cohort when 'all' then 1 when 'digit' then p.head_last_digit + 1 else p.decile + 1 end] as day) d
     where p.status = 'active' and d.day between 1 and $3 and r.rials_per_person[p.decile + 1] > 0
       -- has_flag (functions/grants.sql), spelled out: a call for each household costs more than all the rest
       and (cardinality(r.requires) = 0 or exists (
             select from eligibility e where e.household_id = p.household_id and e.flag = any (r.requires) and e.since <= $2 and e.until >= $2))
       and not exists (select 1 from buckets b
                        where b.household_id = p.household_id and b.programme_id = $1 and b.period = $6))`;

const PREVIEW = `with ${dueOf(LOOKED.all)}
  select count(*) as households, coalesce(sum(rials), 0) as rials, (select count(*) from page) as seen,
         (select max(household_id) from page) as last from due`;

/** $8: the first day of the month. $9: the last of each month from it on. $10: business day, $11: instant, $12: transaction. */
const chargeOf = (looked: Parameters<typeof dueOf>[0]): string => `with ${dueOf(looked)},
  added as (
    insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
    select household_id, $1, $6, rials, $8::date + charge_day - 1, ($9::date[])[valid_months] from due
    on conflict (household_id, programme_id, period) do nothing
    returning household_id, bucket_id, amount_rials),
  posted as (
    insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
    select household_id, $12, row_number() over (), $10, $11, 'allocation', bucket_id, -amount_rials, amount_rials from added)
  select count(*) as households, coalesce(sum(amount_rials), 0) as rials, (select count(*) from page) as seen,
         (select max(household_id) from page) as last from added`;
const CHARGE = { all: chargeOf(LOOKED.all), changed: chargeOf(LOOKED.changed) };

interface Page {
  households: string;
  rials: string;
  seen: string;
  last: string | null;
}

/** Charges every household that is due by a day and has no credit of that day's Jalali month yet: double entry like an
 *  allocation from a file, page by page, so that it can be stopped and run again.
 *  @param day ISO date, today or before; @throws GatewayError `programme.charge` for a day to come */
export async function chargeProgrammes(
  pool: pg.Pool,
  options: { readonly day: string; readonly now: number; readonly dryRun?: boolean },
): Promise<Charged[]> {
  const now = await earlierNow(pool, options.now);
  if (options.day > tehran(now).isoDate && options.dryRun !== true) {
    throw new GatewayError('programme.charge', `${options.day} is in the future; --dry-run says what it would charge.`);
  }
  const charged: Charged[] = [];
  for (const programme of await programmesOn(pool, options.day)) {
    let households = 0;
    let rials = 0n;
    let after: string | undefined = '';
    while (after !== undefined) {
      const page = await chargePage(pool, { ...options, now, programme, after });
      households += Number(page.households);
      rials += BigInt(page.rials);
      after = Number(page.seen) < PAGE ? undefined : (page.last ?? undefined);
    }
    charged.push({ programme, households, rials });
  }
  return charged;
}

/** The same as a part of the periodic work: some pages at a time, one copy of the gateway at a time, and every household
 *  once a day, so that who is new or was not active gets its credit on the next. */
export async function chargeDue(pool: pg.Pool, now: number): Promise<void> {
  const day = tehran(now).isoDate;
  await pool.query(`select ${DECISIONS}.grant_late($1, $2, $3)`, [now, day, LATE_FLAGS]);
  for (const programme of await programmesOn(pool, day)) {
    for (let i = 0; i < MOST_PAGES; i++) if (!(await nextPage(pool, programme, day, now))) break;
  }
}

async function programmesOn(pool: pg.Pool, day: string): Promise<string[]> {
  const { rows } = await pool.query<{ programme_id: string }>(
    `select distinct programme_id from programme_charges where valid_from <= $1 order by 1`,
    [day],
  );
  return rows.map(({ programme_id: id }) => id);
}

/** @returns whether there is more to do today, here */
function nextPage(pool: pg.Pool, programme: string, day: string, now: number): Promise<boolean> {
  return transaction(pool, async (tx) => {
    const lock = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock(8583, 4) as free');
    if (lock.rows[0]?.free !== true) return false; // a load or another copy is at it
    const round = await roundOf(tx, programme, day);
    if (round.done) return false;
    const page = await charge(tx, { programme, day, now, ...round });
    const more = Number(page.seen) === PAGE;
    await tx.query('update charge_progress set after_household = $2, done = $3 where programme_id = $1', [
      programme,
      page.last ?? round.after,
      !more,
    ]);
    return more;
  });
}

/** How far a day's round has come; the first page begins it. One that a copy of an older version began looks at all. */
async function roundOf(tx: pg.PoolClient, programme: string, day: string) {
  const { rows } = await tx.query<{ after: string; done: boolean; since: string | null }>(
    `with begun as (
       insert into charge_progress as p (programme_id, day, after_household, done, looks_since, looks_on, unchanged)
       values ($1, $2, '', false, ${DECISIONS}.charge_looks_since($1, $2), $2::date, true)
       on conflict (programme_id) do update
          set day = excluded.day, after_household = '', done = false, looks_since = excluded.looks_since, looks_on = excluded.looks_on, unchanged = true where p.day < $2
       returning after_household, done, looks_since)
     select after_household as after, done, looks_since::text as since from begun union all
     select after_household, done, case when looks_on = day then looks_since::text end from charge_progress where programme_id = $1 and day >= $2`,
    [programme, day],
  );
  return only(rows);
}

interface PageOf {
  readonly programme: string;
  readonly day: string;
  readonly now: number;
  readonly after: string;
  /** Only households that changed since; null: all. */
  readonly since?: string | null;
  readonly dryRun?: boolean;
}

function chargePage(pool: pg.Pool, page: PageOf): Promise<Page> {
  return transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(8583, 4)'); // none beside a load, or another charge
    return charge(tx, page);
  });
}

async function charge(tx: pg.PoolClient, { programme, day, now, after, since = null, dryRun }: PageOf): Promise<Page> {
  const month = jalaliMonth(day);
  const dayOfMonth = dayNumber(day) - dayNumber(month.first) + 1;
  const due = [programme, day, dayOfMonth, after, PAGE, month.period, since];
  if (dryRun === true) return only((await tx.query<Page>(PREVIEW, due)).rows);
  await tx.query('select pg_advisory_xact_lock_shared(8583, 3)'); // the business day must not close under it
  const opened = await tx.query<{ day: string; id: string }>(
    `select open_business_day($1)::text as day, nextval('transaction_ids') as id`,
    [tehran(now).isoDate],
  );
  const { day: businessDay, id } = only(opened.rows);
  const text = since === null ? CHARGE.all : CHARGE.changed;
  return only((await tx.query<Page>(text, [...due, month.first, monthEnds(month.last), businessDay, now, id])).rows);
}

/** The last days of a month and of the eleven after it. */
function monthEnds(last: string): string[] {
  const ends = [last];
  while (ends.length < 12) ends.push(jalaliMonth(addDays(ends.at(-1) ?? last, 1)).last);
  return ends;
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new GatewayError('programme.charge', 'The database gave no answer.');
  return row;
}
