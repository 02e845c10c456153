import type { Pool, PoolClient } from 'pg';
import { DECISIONS } from '../../ops/function-set.ts';
import { addDays, jalaliMonth } from '../../field/jalali.ts';
import { transaction } from '../../ops/database.ts';
import { databaseNow } from '../clock.ts';
import { tehran } from '../../ops/clock.ts';

/** A month of a programme's calendar over every household. `owed` is `granted` less what was granted without being owed, and `skipped`
 *  more: a month that is owed and was not given is a fault. */
export interface MonthAudit {
  readonly programme: string;
  readonly period: string;
  readonly households: number;
  readonly owed: number;
  readonly granted: number;
  /** Owed and not given: nobody may be here. */
  readonly skipped: number;
  /** Given although the calendar does not owe it (by a file, or ahead), and not given, with why. */
  readonly exceptions: readonly AuditException[];
  /** Households with a month that was skipped, the first of them. */
  readonly examples: readonly string[];
}

export interface AuditException {
  readonly granted: boolean;
  /** reasons.ts */
  readonly why: string;
  readonly households: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

export interface AuditOptions {
  /** The first month, as `1405-01`; undefined: the first of which a calendar speaks, a year back at most. */
  readonly since?: string | undefined;
}

interface Row {
  why: string;
  granted: boolean;
  owed: boolean;
  households: string;
  examples: string[];
}

const EXAMPLES = 3;

/** Months owed are months granted, for every household of every programme that charges: recomputed from the calendars, from what households
 *  were when, and from the buckets, in one snapshot. The day of today counts once its charge has been everywhere. */
export async function auditProgrammes(pool: Pool, { since }: AuditOptions = {}): Promise<MonthAudit[]> {
  return transaction(
    pool,
    async (db) => {
      const today = tehran(await databaseNow(db)).isoDate;
      const audits: MonthAudit[] = [];
      for (const { programme, first, charged } of await programmesOf(db, today)) {
        const asOf = charged ? today : addDays(today, -1);
        for (const period of periodsFrom(since, first, today))
          audits.push(await auditMonth(db, programme, period, asOf));
      }
      return audits;
    },
    { mode: 'isolation level repeatable read read only' },
  );
}

async function programmesOf(db: PoolClient, today: string) {
  const { rows } = await db.query<{ programme: string; first: string; charged: boolean }>(
    `select programme_id as programme, min(valid_from)::text as first,
            exists (select from charge_progress p where p.programme_id = c.programme_id and p.done and p.day >= $1) as charged
       from programme_charges c where valid_from <= $1 group by 1 order by 1`,
    [today],
  );
  return rows;
}

/** Months from the first of which the calendar speaks, a year at most unless more is asked for. */
function periodsFrom(since: string | undefined, first: string, today: string): string[] {
  const periods: string[] = [];
  for (let month = jalaliMonth(today); month.last >= first; month = jalaliMonth(addDays(month.first, -1))) {
    if (since === undefined ? periods.length === 12 : month.period < since) break;
    periods.unshift(month.period);
  }
  return periods;
}

async function auditMonth(db: PoolClient, programme: string, period: string, asOf: string): Promise<MonthAudit> {
  const { rows } = await db.query<Row>(
    `select why, granted, owed, count(*) as households, (array_agg(household_id order by household_id))[1:${EXAMPLES}] as examples
       from ${DECISIONS}.month_states($1, $2, $3, null) group by 1, 2, 3 order by 1, 2, 3`,
    [programme, period, asOf],
  );
  const count = (of: (row: Row) => boolean): number =>
    rows.filter(of).reduce((sum, { households }) => sum + Number(households), 0);
  const exceptions = rows.filter(({ owed }) => !owed);
  return {
    programme,
    period,
    households: count(() => true),
    owed: count(({ owed }) => owed),
    granted: count(({ granted }) => granted),
    skipped: count(({ owed, granted }) => owed && !granted),
    exceptions: exceptions.map(({ granted, why, households, examples }) => {
      return { granted, why, households: Number(households), examples };
    }),
    examples: rows.find(({ owed, granted }) => owed && !granted)?.examples ?? [],
  };
}
