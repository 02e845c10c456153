import type { Pool } from 'pg';
import { addDays, dayNumber } from '../field/jalali.ts';
import { transaction } from '../ops/database.ts';
import { GatewayError } from '../ops/errors.ts';
import { bound, findings, summariseDay } from './evaluate.ts';
import { quietDays, type RuleId } from './rules.ts';
import { ruleVersion, ruleVersions } from './versions.ts';

/** A version of a rule on the books of the past, before it is switched on: whom it would have touched. It raises nothing. */

/** Days of one trial. */
export const MOST_TRIAL_DAYS = 92;
/** Shops that are listed; the totals count all. */
const LISTED = 500;

export interface TrialShop {
  readonly merchant: string;
  readonly name: string;
  readonly guild: string;
  /** On how many of the days. */
  readonly days: number;
  readonly purchases: number;
  readonly rials: string;
  /** Of the day with the most credit in it. */
  readonly figures: Readonly<Record<string, unknown>>;
  readonly rrns: readonly string[];
}

export interface Trial {
  readonly rule: RuleId;
  readonly version: number;
  readonly from: string;
  readonly to: string;
  /** Closed business days between them. */
  readonly days: number;
  readonly shops: number;
  readonly purchases: number;
  readonly rials: string;
  /** Those with the most credit first. */
  readonly list: readonly TrialShop[];
}

export interface TrialOptions {
  readonly rule: RuleId;
  /** Default: the newest. */
  readonly version?: number | undefined;
  /** Business days, both counted. */
  readonly from: string;
  readonly to: string;
  /** Of the person; null: the owner of the database. */
  readonly by: string | null;
  readonly now: number;
  /** Of one day. */
  readonly mostMs?: number;
}

/** @throws GatewayError `signals.unknown`, `signals.days` */
export async function tryRule(pool: Pool, options: TrialOptions): Promise<Trial> {
  const { rule, from, to, by, now, mostMs } = options;
  if (to < from) throw new GatewayError('signals.days', `${to} is before ${from}: give the earlier day first.`);
  if (dayNumber(to) - dayNumber(from) >= MOST_TRIAL_DAYS)
    throw new GatewayError('signals.days', `A trial goes over ${MOST_TRIAL_DAYS} days at most: give fewer.`);
  const versions = await ruleVersions(pool, rule);
  const { version, thresholds } = await ruleVersion(pool, rule, options.version ?? versions.at(-1)?.version ?? 0);
  const days = await closedDays(pool, from, to);
  if (days.length === 0)
    throw new GatewayError(
      'signals.days',
      `No business day between ${from} and ${to} is closed: there is nothing to try it on.`,
    );
  await summariseUntil(pool, to, now);
  const touched = new Map<string, Touched>();
  const quiet = quietDays(rule, thresholds);
  for (const day of days) {
    const found = await transaction(pool, async (db) => {
      await bound(db, mostMs);
      return findings(db, day, { rule, thresholds });
    });
    for (const each of found) {
      const before = touched.get(each.merchant);
      if (before !== undefined && day < addDays(before.lastDay, quiet)) continue;
      touched.set(each.merchant, {
        lastDay: day,
        days: (before?.days ?? 0) + 1,
        purchases: (before?.purchases ?? 0) + each.purchases,
        rials: (before?.rials ?? 0n) + BigInt(each.rials),
        most: before === undefined || BigInt(before.most.rials) < BigInt(each.rials) ? each : before.most,
      });
    }
  }
  const shops = [...touched.entries()].sort(([a, one], [b, other]) =>
    one.rials === other.rials ? (a < b ? -1 : 1) : one.rials > other.rials ? -1 : 1,
  );
  const trial = {
    ...{ rule, version, from, to, days: days.length, shops: shops.length },
    purchases: shops.reduce((sum, [, each]) => sum + each.purchases, 0),
    rials: String(shops.reduce((sum, [, each]) => sum + each.rials, 0n)),
  };
  await pool.query(
    `insert into signal_trials (rule_id, version, first_day, last_day, days, shops, purchases, rials, by_person, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [rule, version, from, to, trial.days, trial.shops, trial.purchases, trial.rials, by, new Date(now)],
  );
  return { ...trial, list: await named(pool, shops.slice(0, LISTED)) };
}

interface Touched {
  readonly lastDay: string;
  readonly days: number;
  readonly purchases: number;
  readonly rials: bigint;
  readonly most: Awaited<ReturnType<typeof findings>>[number];
}

async function named(pool: Pool, shops: readonly (readonly [string, Touched])[]): Promise<TrialShop[]> {
  const { rows } = await pool.query<{ merchant: string; name: string; guild: string }>(
    'select merchant_id as merchant, name, guild from merchants where merchant_id = any ($1)',
    [shops.map(([merchant]) => merchant)],
  );
  const names = new Map(rows.map((row) => [row.merchant, row]));
  return shops.map(([merchant, { days, purchases, rials, most }]) => ({
    merchant,
    name: names.get(merchant)?.name ?? '',
    guild: names.get(merchant)?.guild ?? '',
    days,
    purchases,
    rials: String(rials),
    figures: most.figures,
    rrns: most.rrns,
  }));
}

async function closedDays(pool: Pool, from: string, to: string): Promise<string[]> {
  const { rows } = await pool.query<{ day: string }>(
    `select business_day::text as day from business_days where business_day between $1 and $2 and closed_at is not null order by 1`,
    [from, to],
  );
  return rows.map(({ day }) => day);
}

/** Rules over many days read summaries: those that are missing are made, as the night would have. */
async function summariseUntil(pool: Pool, to: string, now: number): Promise<void> {
  const { rows } = await pool.query<{ day: string }>(
    `select d.business_day::text as day from business_days d
      where d.closed_at is not null and d.business_day <= $1
        and not exists (select 1 from signal_runs r where r.business_day = d.business_day and r.rule_id = '') order by 1`,
    [to],
  );
  for (const { day } of rows) {
    await transaction(pool, async (db) => {
      await bound(db);
      await summariseDay(db, day, now);
    });
  }
}
