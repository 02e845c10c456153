import type { Pool, PoolClient } from 'pg';
import { sqlIn } from '../ops/sql.ts';
import { quietDays, type RuleId, type Thresholds } from './rules.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** Shops of one rule and day that are kept: those with the most credit in it. */
export const MOST_SHOPS = 1_000;
/** No statement over a day runs longer. */
const MOST_MS = 4 * 60_000;

/** What a rule found of a shop on a day. */
export interface Found {
  readonly merchant: string;
  readonly purchases: number;
  /** Voucher rials in them. */
  readonly rials: string;
  readonly figures: Readonly<Record<string, unknown>>;
  /** The transactions, at most 200. */
  readonly rrns: readonly string[];
}

export async function bound(db: PoolClient, ms = MOST_MS): Promise<void> {
  await db.query(`set local statement_timeout = ${ms}`);
}

/** Keeps a closed day of every shop in one row, once.
 *  @param day closed: nothing of it changes any more but what comes back later */
export async function summariseDay(db: PoolClient, day: string, now: number): Promise<void> {
  const { rowCount } = await db.query(sql('shop-days'), [day]);
  await noteRun(db, { day, rule: '', version: 0, found: rowCount ?? 0, cut: false, now });
}

/** What a rule says of a day. Reads only. */
export async function findings(
  db: Pool | PoolClient,
  day: string,
  { rule, thresholds }: { readonly rule: RuleId; readonly thresholds: Thresholds },
): Promise<Found[]> {
  const { rows } = await db.query<Found>(
    `select merchant_id as merchant, purchases, rials::text, figures, rrns from (${sql(rule)}) found
      order by found.rials desc, merchant_id limit ${MOST_SHOPS + 1}`,
    [day, JSON.stringify(thresholds)],
  );
  return rows;
}

export interface Due {
  readonly day: string;
  readonly rule: RuleId;
  readonly version: number;
  readonly thresholds: Thresholds;
}

/** Raises the signals of one rule and day, and notes that it was done: once, whoever runs it again.
 *  @returns how many are new */
export async function raise(db: PoolClient, due: Due, now: number): Promise<number> {
  const { day, rule, version, thresholds } = due;
  const { rows } = await db.query<{ found: number; raised: number }>(
    `with found as (
       select * from (${sql(rule)}) each order by rials desc, merchant_id limit ${MOST_SHOPS + 1}),
     raised as (
       insert into signals (rule_id, rule_version, business_day, merchant_id, purchases, rials, figures, rrns, raised_at)
       select $3, $4, $1, merchant_id, purchases, rials, figures, rrns, $5
         from found
        where not exists (select 1 from signals s where s.rule_id = $3 and s.merchant_id = found.merchant_id
                             and s.business_day > $1::date - $6::int and s.business_day < $1)
        order by rials desc, merchant_id limit ${MOST_SHOPS}
       on conflict do nothing returning 1)
     select (select count(*)::int from found) as found, (select count(*)::int from raised) as raised`,
    [day, JSON.stringify(thresholds), rule, version, new Date(now), quietDays(rule, thresholds)],
  );
  const { found = 0, raised = 0 } = rows[0] ?? {};
  await noteRun(db, { day, rule, version, found: Math.min(found, MOST_SHOPS), cut: found > MOST_SHOPS, now });
  return raised;
}

interface Run {
  readonly day: string;
  readonly rule: RuleId | '';
  readonly version: number;
  readonly found: number;
  readonly cut: boolean;
  readonly now: number;
}

async function noteRun(db: PoolClient, { day, rule, version, found, cut, now }: Run): Promise<void> {
  await db.query('insert into signal_runs values ($1, $2, $3, $4, $5, $6) on conflict do nothing', [
    ...[day, rule, version, found, cut],
    new Date(now),
  ]);
}
