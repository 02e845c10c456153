import type pg from 'pg';
import { DECISIONS } from '../ops/function-set.ts';
import { databaseNow } from './clock.ts';
import { rationsOf, type Ration } from './household.ts';
import { creditOutlook, type CreditOutlook } from './programmes/outlook.ts';
import { reasonOf, type Reason } from './programmes/reasons.ts';
import { tehran } from '../ops/clock.ts';

export interface Bucket {
  readonly programme: string;
  readonly period: string;
  /** The days on which it may be spent; the last one counts. */
  readonly validFrom: string;
  readonly validTo: string;
  /** As it was granted, before a policy moved them (programmes/windows.ts). */
  readonly grantedFrom: string;
  readonly grantedTo: string;
  readonly amountRials: bigint;
  readonly spentRials: bigint;
  readonly heldRials: bigint;
  readonly expiredRials: bigint;
  readonly leftRials: bigint;
}

export interface HouseholdCredit {
  readonly household: string;
  readonly members: number;
  readonly status: string;
  /** First six and last four. */
  readonly cards: readonly string[];
  /** In the order in which they are spent. */
  readonly buckets: readonly Bucket[];
  readonly outlook: CreditOutlook;
  readonly quantities: readonly { category: string; period: string; quantity: bigint }[];
  /** What it may take this month beside the money. */
  readonly rations: readonly Ration[];
  readonly recent: readonly {
    at: number;
    kind: string;
    rc: string;
    rrn: string;
    voucherRials: bigint;
    totalRials: bigint;
    /** Of a purchase that was refused because of goods. */
    why: Reason | undefined;
    good: string | undefined;
  }[];
}

/** What a household has and what became of it.
 *  @param name a household, or the keyed hash of one of its cards */
export async function showCredit(pool: pg.Pool, name: string | Buffer): Promise<HouseholdCredit | undefined> {
  const { rows } = await pool.query<{ household_id: string; members: number; status: string; cards: string[] | null }>(
    `select household_id, members, status,
            (select array_agg(masked order by masked) from cards c where c.household_id = h.household_id) as cards
       from households h
      where household_id = ${typeof name === 'string' ? '$1' : '(select household_id from cards where pan_hash = $1)'}`,
    [name],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { household_id: household, members, status, cards } = row;
  return {
    household,
    members,
    status,
    cards: cards ?? [],
    buckets: await bucketsOf(pool, household, await databaseNow(pool)),
    outlook: await demandOutlook(pool, household),
    quantities: await quantitiesOf(pool, household),
    rations: await rationsOf(pool, household, tehran(await databaseNow(pool)).isoDate),
    recent: await recentOf(pool, household),
  };
}

async function demandOutlook(pool: pg.Pool, household: string): Promise<CreditOutlook> {
  const outlook = await creditOutlook(pool, household);
  if (outlook === undefined) throw new Error(`household ${household} is gone`);
  return outlook;
}

async function bucketsOf(pool: pg.Pool, household: string, now: number): Promise<Bucket[]> {
  const { rows } = await pool.query<Record<string, string>>(
    `select b.programme_id, b.period, w.from_day::text, w.to_day::text, b.valid_from::text, b.valid_to::text, b.amount_rials,
            b.spent_rials, b.held_rials, b.expired_rials
       from ${DECISIONS}.windowed($1, ${DECISIONS}.windows_at($2)) w join buckets b on b.household_id = $1 and b.bucket_id = w.bucket_id
      order by w.to_day, b.programme_id, b.period`,
    [household, now],
  );
  return rows.map((row) => {
    const of = (column: string): bigint => BigInt(row[column] ?? 0);
    const [amountRials, spentRials, heldRials, expiredRials] = [
      of('amount_rials'),
      of('spent_rials'),
      of('held_rials'),
      of('expired_rials'),
    ];
    return {
      programme: row['programme_id'] ?? '',
      period: row['period'] ?? '',
      validFrom: row['from_day'] ?? '',
      validTo: row['to_day'] ?? '',
      grantedFrom: row['valid_from'] ?? '',
      grantedTo: row['valid_to'] ?? '',
      amountRials,
      spentRials,
      heldRials,
      expiredRials,
      leftRials: amountRials - spentRials - heldRials - expiredRials,
    };
  });
}

async function quantitiesOf(pool: pg.Pool, household: string): Promise<HouseholdCredit['quantities']> {
  const { rows } = await pool.query<{ category: string; period: string; quantity: string }>(
    `select category, period, quantity from entitlement_uses where household_id = $1 and quantity > 0 order by period, category`,
    [household],
  );
  return rows.map(({ category, period, quantity }) => ({ category, period, quantity: BigInt(quantity) }));
}

async function recentOf(pool: pg.Pool, household: string): Promise<HouseholdCredit['recent']> {
  type Row = Record<'at' | 'kind' | 'rc' | 'reason' | 'rrn' | 'voucher_rials' | 'total_rials', string> & {
    about: string | null;
  };
  const { rows } = await pool.query<Row>(
    `select at, kind, coalesce(rc, 'held') as rc, reason, about, rrn, voucher_rials, total_rials
       from transactions where household_id = $1 order by transaction_id desc limit 10`,
    [household],
  );
  return rows.map((row) => ({
    at: Number(row.at),
    kind: row.kind,
    rc: row.rc,
    rrn: row.rrn,
    voucherRials: BigInt(row.voucher_rials),
    totalRials: BigInt(row.total_rials),
    why: row.reason.startsWith('goods.') ? reasonOf(row.reason) : undefined,
    good: row.about ?? undefined,
  }));
}
