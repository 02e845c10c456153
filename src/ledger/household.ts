import type { Pool, PoolClient } from 'pg';
import { jalaliMonth } from '../field/jalali.ts';

type Db = Pool | PoolClient;

export interface FoundHousehold {
  readonly household: string;
  readonly members: number;
  readonly decile: number | null;
  readonly status: string;
  /** First six and last four. */
  readonly cards: readonly string[];
}

const FOUND = `
  select h.household_id as household, h.members, h.decile, h.status,
         coalesce((select array_agg(c.masked order by c.masked) from cards c where c.household_id = h.household_id), '{}') as cards
    from households h`;

/** Households by what support is told: their number, or a card as it is printed on receipts.
 *  @param masked first six, stars, last four
 *  @returns in order; of a card usually one, since ten digits of a PAN are not all of it */
export async function findHouseholds(
  db: Db,
  wanted: { readonly household?: string | undefined; readonly masked?: string | undefined; readonly limit: number },
): Promise<FoundHousehold[]> {
  const { household, masked, limit } = wanted;
  if (household !== undefined)
    return (await db.query<FoundHousehold>(`${FOUND} where h.household_id = $1`, [household])).rows;
  const { rows } = await db.query<FoundHousehold>(
    `${FOUND} where h.household_id in (select household_id from cards where masked = $1 limit $2) order by 1 limit $2`,
    [masked ?? '', limit],
  );
  return rows;
}

export interface Ration {
  readonly programme: string;
  /** A category of goods, or an item of the programme's basket. */
  readonly category: string;
  /** Of an item. */
  readonly nameFa: string | null;
  /** 00 pieces, 01 grams, 02 millilitres; of a category as its goods are. */
  readonly unit: string | null;
  readonly period: string;
  readonly entitled: string;
  readonly used: string;
}

/** What a household may take of each category and item in the month of a day, beside the money. */
export async function rationsOf(db: Db, household: string, day: string): Promise<Ration[]> {
  const { rows } = await db.query<Ration>(
    `select e.programme_id as programme, e.key as category, e.name_fa as "nameFa", e.unit, $2 as period,
            (e.each * h.members)::text as entitled, coalesce(u.quantity, 0)::text as used
       from households h
      cross join lateral (
        (select distinct on (programme_id, category) programme_id, category as key, null as name_fa, null as unit, quantity_per_member as each
           from entitlements where period in ('*', $2) order by programme_id, category, period = '*')
        union all
        select b.programme_id, i.item, i.name_fa, i.unit, i.per_person
          from (select distinct on (programme_id) * from programme_baskets where valid_from <= $3 order by programme_id, valid_from desc) b
          join programme_basket_items i using (basket_id) where i.per_person is not null) e
       left join entitlement_uses u on u.household_id = h.household_id and u.programme_id = e.programme_id and u.category = e.key and u.period = $2
      where h.household_id = $1 and exists (select from buckets b where b.household_id = h.household_id and b.programme_id = e.programme_id)
      order by 1, 2`,
    [household, jalaliMonth(day).period, day],
  );
  return rows;
}

export interface HouseholdCharge {
  readonly programme: string;
  readonly period: string;
  readonly rials: string;
  readonly at: string;
}

/** When credit was given, the newest first; at most 50. */
export async function chargesOf(db: Db, household: string): Promise<HouseholdCharge[]> {
  const { rows } = await db.query<HouseholdCharge>(
    `select b.programme_id as programme, b.period, p.household_voucher::text as rials,
            to_char(to_timestamp(p.at / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
       from postings p join buckets b on b.household_id = p.household_id and b.bucket_id = p.bucket_id
      where p.household_id = $1 and p.kind = 'allocation' order by p.at desc limit 50`,
    [household],
  );
  return rows;
}

export interface HouseholdPurchase {
  readonly id: string;
  readonly businessDay: string;
  readonly at: string;
  readonly kind: string;
  readonly state: string;
  readonly rc: string | null;
  readonly reason: string;
  readonly rrn: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly shop: string | null;
  readonly masked: string;
  readonly totalRials: string;
  readonly voucherRials: string;
  readonly cardRials: string;
  readonly cashRials: string;
  readonly creditLeftRials: string;
}

/** What was asked for with its cards, the newest first.
 *  @param before a transaction's id: older ones */
export async function purchasesOf(
  db: Db,
  household: string,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): Promise<HouseholdPurchase[]> {
  const { rows } = await db.query<HouseholdPurchase>(
    `select t.transaction_id::text as id, t.business_day::text as "businessDay",
            to_char(to_timestamp(t.at / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, t.kind, t.state, t.rc, t.reason, t.rrn,
            t.terminal_id as terminal, t.merchant_id as merchant, m.name as shop, t.masked, t.total_rials as "totalRials",
            t.voucher_rials as "voucherRials", t.card_rials as "cardRials", t.cash_rials as "cashRials", t.left_rials as "creditLeftRials"
       from (select * from transactions where household_id = $1 and ($2::bigint is null or transaction_id < $2)
              order by transaction_id desc limit $3) t
       left join merchants m on m.merchant_id = t.merchant_id
      order by t.transaction_id desc`,
    [household, before ?? null, limit],
  );
  return rows;
}
