import type { Pool, PoolClient } from 'pg';
import { DECISIONS } from '../../ops/function-set.ts';
import { addDays, jalaliMonth } from '../../field/jalali.ts';
import { databaseNow } from '../clock.ts';
import { tehran } from '../../ops/clock.ts';
import { reasonOf, type Reason } from './reasons.ts';

/** What a household has on a day, until when, what comes next, and why something did not come. */
export interface CreditOutlook {
  readonly household: string;
  /** ISO day. */
  readonly asOf: string;
  /** What may be spent, and the first day after which some of it is gone. */
  readonly leftRials: bigint;
  readonly ends: string | undefined;
  /** The next day on which more may be spent; undefined: nobody knows of any. */
  readonly nextCharge: string | undefined;
  /** What is there, in the order in which it is spent; of months that are over, what still has something. */
  readonly credit: readonly CreditHeld[];
  /** Of each programme with a calendar: three months back, this one and the next. */
  readonly months: readonly MonthSeen[];
}

export interface CreditHeld {
  readonly programme: string;
  readonly period: string;
  readonly leftRials: bigint;
  readonly from: string;
  readonly to: string;
  /** `coming`: granted, and not good yet. `ended`: it goes back, or went back and may come back. */
  readonly state: 'open' | 'coming' | 'ended';
}

export interface MonthSeen {
  readonly programme: string;
  /** Jalali: `1405-09`. */
  readonly period: string;
  /** The cohort's day; undefined: it has none. */
  readonly due: string | undefined;
  readonly granted: boolean;
  readonly why: Reason;
}

const MONTHS_BACK = 3;

/** @param day ISO; undefined: today. Of a day that is over it says what the journal has of it.
 *  @returns undefined for a household that nobody knows */
export async function creditOutlook(
  db: Pool | PoolClient,
  household: string,
  day?: string,
): Promise<CreditOutlook | undefined> {
  const known = await db.query('select from households where household_id = $1', [household]);
  if (known.rowCount === 0) return undefined;
  const now = await databaseNow(db);
  const asOf = day ?? tehran(now).isoDate;
  const at = day === undefined ? now : Math.min(now, Date.parse(`${addDays(day, 1)}T00:00:00+03:30`) - 1);
  const credit = await heldOn(db, household, { asOf, at, isNow: day === undefined });
  const open = credit.filter(({ state }) => state === 'open');
  const next = await db.query<{ day: string | null }>(
    `select ${DECISIONS}.next_charge_of($1, $2, ${DECISIONS}.windows_at($3))::text as day`,
    [household, asOf, at],
  );
  return {
    household,
    asOf,
    leftRials: open.reduce((sum, { leftRials }) => sum + leftRials, 0n),
    ends: open.map(({ to }) => to).sort()[0],
    nextCharge: next.rows[0]?.day ?? undefined,
    credit,
    months: await monthsOf(db, household, asOf),
  };
}

interface Instant {
  readonly asOf: string;
  readonly at: number;
  readonly isNow: boolean;
}

/** By the journal: allocations and what came back, less what was spent and what has gone; now also less what is held, which no journal keeps. */
async function heldOn(db: Pool | PoolClient, household: string, { asOf, at, isNow }: Instant): Promise<CreditHeld[]> {
  const { rows } = await db.query<Record<'programme' | 'period' | 'rials' | 'from' | 'to', string>>(
    `select w.programme_id as programme, w.period, w.from_day::text as "from", w.to_day::text as "to", p.rials
       from ${DECISIONS}.windowed($1, ${DECISIONS}.windows_at($2)) w
      cross join lateral (select coalesce(sum(household_voucher), 0) - case when $3 then w.held_rials else 0 end as rials from postings
                           where household_id = $1 and bucket_id = w.bucket_id and at <= $2) p
      where p.rials > 0 order by w.to_day, (select spend_order from programmes g where g.programme_id = w.programme_id), 1, 2`,
    [household, at, isNow],
  );
  return rows.map(({ programme, period, rials, from, to }) => {
    const state = from > asOf ? 'coming' : to < asOf ? 'ended' : 'open';
    return { programme, period, leftRials: BigInt(rials), from, to, state };
  });
}

async function monthsOf(db: Pool | PoolClient, household: string, asOf: string): Promise<MonthSeen[]> {
  const { rows } = await db.query<{
    programme: string;
    period: string;
    due: string | null;
    granted: boolean;
    why: string;
  }>(
    `select g.programme_id as programme, m.period, s.due::text, s.granted,
            case when s.granted then 'granted' when s.why = 'owed' and m.last_day < $2 then 'month.skipped' else s.why end as why
       from (select distinct programme_id from programme_charges) g
      cross join (select * from jalali_months where period = any ($3)) m
      cross join lateral ${DECISIONS}.month_states(g.programme_id, m.period, $2, $1) s order by 2, 1`,
    [household, asOf, periodsAbout(asOf)],
  );
  return rows.map(({ programme, period, due, granted, why }) => ({
    programme,
    period,
    due: due ?? undefined,
    granted,
    why: reasonOf(why),
  }));
}

function periodsAbout(day: string): string[] {
  const last = jalaliMonth(addDays(jalaliMonth(day).last, 1));
  const periods = [last.period];
  for (let first = last.first; periods.length < MONTHS_BACK + 2;) {
    const before = jalaliMonth(addDays(first, -1));
    periods.unshift(before.period);
    ({ first } = before);
  }
  return periods;
}
