import type { Pool } from 'pg';
import { transaction } from '../ops/database.ts';
import { messageOf } from '../ops/errors.ts';
import { bound, raise, summariseDay, type Due } from './evaluate.ts';
import { RULE_IDS } from './rules.ts';

/** The nightly duty: closed business days that no rule has looked at yet, the oldest first. */

/** A day is looked at so long after its close: the night's payments go first. */
export const AFTER_CLOSE_MS = 2 * 3_600_000;
/** Days in one run: the rest comes with the next. */
const MOST_DAYS = 40;
/** Names the run among the advisory locks: one copy at a time. */
const LOCK = [8583, 711] as const;
/** Summaries older than any rule reads. */
const KEEP_DAYS = 800;

export interface RunOptions {
  readonly now: number;
  /** Default: two hours; a command that a person runs looks at once. */
  readonly afterCloseMs?: number;
  readonly stopping?: AbortSignal;
  /** Told after each statement over a day: it is at work. */
  readonly onStep?: () => void;
}

export interface RunResult {
  /** Undefined: another copy is at it. */
  readonly days: readonly string[] | undefined;
  readonly raised: number;
  /** A rule that failed keeps no other from its turn, and is tried again with the next run. */
  readonly failures: readonly string[];
}

/** Looks at what is due. Any number of copies may call it, as often as they like. */
export async function runSignals(pool: Pool, options: RunOptions): Promise<RunResult> {
  const holder = await pool.connect();
  try {
    const { rows } = await holder.query<{ mine: boolean }>('select pg_try_advisory_lock($1, $2) as mine', [...LOCK]);
    if (rows[0]?.mine !== true) return { days: undefined, raised: 0, failures: [] };
    try {
      return await runDue(pool, options);
    } finally {
      await holder.query('select pg_advisory_unlock($1, $2)', [...LOCK]);
    }
  } finally {
    holder.release();
  }
}

async function runDue(
  pool: Pool,
  { now, afterCloseMs = AFTER_CLOSE_MS, stopping, onStep }: RunOptions,
): Promise<RunResult> {
  const days = new Set<string>();
  const failures: string[] = [];
  let raised = 0;
  const closedBefore = new Date(now - afterCloseMs);
  for (const day of await daysToSummarise(pool, closedBefore)) {
    if (stopping?.aborted === true) break;
    await transaction(pool, async (db) => {
      await bound(db);
      await summariseDay(db, day, now);
    });
    onStep?.();
    days.add(day);
  }
  for (const due of await dueOf(pool, closedBefore)) {
    if (stopping?.aborted === true) break;
    try {
      raised += await transaction(pool, async (db) => {
        await bound(db);
        return raise(db, due, now);
      });
      onStep?.();
      days.add(due.day);
    } catch (error) {
      failures.push(`${due.rule} of ${due.day}: ${messageOf(error)}`);
    }
  }
  await pool.query(
    'delete from signal_shop_days where business_day < (select max(business_day) from signal_shop_days) - $1::int',
    [KEEP_DAYS],
  );
  return { days: [...days].sort(), raised, failures };
}

/** Closed days whose summary is missing. The first day of a shop counts, so that all that are kept are summarised. */
async function daysToSummarise(pool: Pool, closedBefore: Date): Promise<string[]> {
  const { rows } = await pool.query<{ day: string }>(
    `select d.business_day::text as day from business_days d
      where d.closed_at <= $1 and d.business_day > (select max(business_day) from business_days) - $3::int
        and not exists (select 1 from signal_runs r where r.business_day = d.business_day and r.rule_id = '')
      order by d.business_day limit $2`,
    [closedBefore, MOST_DAYS, KEEP_DAYS],
  );
  return rows.map(({ day }) => day);
}

/** Each rule that is on, on each closed day from its first day on that it has not looked at. A day is looked at once its summary and
 *  those before it are there. */
async function dueOf(pool: Pool, closedBefore: Date): Promise<Due[]> {
  const { rows } = await pool.query<Due>(
    `select d.business_day::text as day, v.rule_id as rule, v.version, v.thresholds
       from business_days d
      cross join (select distinct rule_id from signal_rules) u
      cross join lateral (select * from signal_rules_signed s where s.rule_id = u.rule_id and s.first_day <= d.business_day
                           order by s.version desc limit 1) v
      where d.closed_at <= $1 and v.enabled and v.rule_id = any ($3)
        and not exists (select 1 from signal_runs r where r.business_day = d.business_day and r.rule_id = v.rule_id)
        and exists (select 1 from signal_runs r where r.business_day = d.business_day and r.rule_id = '')
      order by 1, 2 limit $2`,
    [closedBefore, MOST_DAYS * RULE_IDS.length, RULE_IDS],
  );
  return rows;
}
