import type { Db } from './state.ts';

/** A shop whose net is below zero, and from which nothing is to be had by netting. */
export interface OwingShop {
  readonly merchant: string;
  readonly rials: string;
  /** The business day since which it owes. */
  readonly since: string;
  readonly why: string;
}

/** Shops that owe us and cannot pay by what they sell: suspended, unknown or kept from taking vouchers, or owing for longer than the terms allow
 *  (`settlement_terms.owing_alarm_days`); the oldest first, at most 1,000.
 *  @param today ISO date */
export async function owingShops(db: Db, today: string): Promise<OwingShop[]> {
  const { rows } = await db.query<OwingShop>(
    `select * from (
       select c.merchant_id as merchant, sum(c.rials)::text as rials, min(coalesce(c.owing_since, c.created_day))::text as since,
              case when m.merchant_id is null then 'the merchant is unknown'
                   when m.status <> 'approved' then 'the merchant is ' || m.status
                   when database_clock() < m.voucher_from or database_clock() >= m.voucher_until then 'it may not take vouchers'
                   when min(coalesce(c.owing_since, c.created_day)) + t.owing_alarm_days < $1::date
                     then 'it owes for more than ' || t.owing_alarm_days || ' days' end as why
         from payable_carries c
         left join merchants m using (merchant_id)
        cross join (select owing_alarm_days from settlement_terms where valid_from <= $1::date
                     order by valid_from desc limit 1) t
        where c.consumed_day is null
        group by c.merchant_id, m.merchant_id, t.owing_alarm_days having sum(c.rials) < 0) o
      where why is not null order by since, merchant limit 1000`,
    [today],
  );
  return rows;
}
