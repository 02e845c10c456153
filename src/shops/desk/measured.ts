import type { Pool } from 'pg';

/** How long each step of joining took lately, measured from the cases themselves. Times in ms. */
export interface Measured {
  readonly cases: number;
  /** Half of the cases took no longer. */
  readonly median: number;
  /** Nine of ten took no longer. */
  readonly most: number;
}

/** From the first field to sending · from sending to the decision. */
export type MeasuredStep = 'filled' | 'decided';

/** With fewer than that, a figure says more of one shop than of the step. */
const FEWEST = 5;
const LOOK_BACK_DAYS = 90;

/** @returns steps that enough cases of the last 90 days went through */
export async function measuredSteps(db: Pool, now: number): Promise<Readonly<Partial<Record<MeasuredStep, Measured>>>> {
  const { rows } = await db.query<{ step: MeasuredStep; cases: number; median: number; most: number }>(
    `with steps as (
       select 'filled' as step, submitted_at - begun_at as took from shop_cases
        where submitted_at > $1 and submitted_at <= $2 and withdrawn_at is null
       union all
       select 'decided', r.at - c.submitted_at from shop_reviews r join shop_cases c on c.case_id = r.case_id and c.round = r.round
        where r.place = 2 and r.at > $1 and r.at <= $2)
     select step, count(*)::int as cases,
            (extract(epoch from percentile_cont(0.5) within group (order by took)) * 1000)::float8 as median,
            (extract(epoch from percentile_cont(0.9) within group (order by took)) * 1000)::float8 as most
       from steps group by step having count(*) >= $3`,
    [new Date(now - LOOK_BACK_DAYS * 86_400_000), new Date(now), FEWEST],
  );
  return Object.fromEntries(rows.map(({ step, ...measured }) => [step, measured]));
}

/** What the shop is charged (settlement_terms of the day). */
export interface ShopFees {
  /** Of each purchase. */
  readonly fixedRials: bigint;
  /** Of what is paid by voucher. */
  readonly basisPoints: number;
  /** Besides, of the card's part, the voucher's or the whole of each purchase. */
  readonly tables: readonly FeeTable[];
}

interface FeeTable {
  readonly fee: string;
  readonly of: 'card' | 'voucher' | 'total';
  /** Rising; rials, and a share of the amount, at most so much, of amounts below. The last has no end. */
  readonly bands: readonly {
    readonly below?: number;
    readonly rials?: number;
    readonly perMillion?: number;
    readonly most?: number;
  }[];
  readonly payee: string;
}

/** @param day ISO, Tehran */
export async function shopFees(db: Pool, day: string): Promise<ShopFees> {
  const { rows } = await db.query<{ fixed: string; points: number }>(
    `select fee_fixed_rials::text as fixed, fee_basis_points as points from settlement_terms where valid_from <= $1
      order by valid_from desc limit 1`,
    [day],
  );
  const tables = await db.query<FeeTable>('select fee, base as of, bands, payee from fee_tables_on($1) order by fee', [
    day,
  ]);
  return { fixedRials: BigInt(rows[0]?.fixed ?? '0'), basisPoints: rows[0]?.points ?? 0, tables: tables.rows };
}
