-- A household that pays by voucher and card together at one shop, many times.
with many as (
  select merchant_id, household_id, count(*) as purchases, sum(voucher_rials) as rials, sum(card_rials) as card,
         array_agg(rrn order by at, transaction_id) as rrns
    from voucher_sales where business_day = $1::date and card_rials > 0
   group by 1, 2
  having count(*) >= ($2::jsonb ->> 'purchases')::int and sum(voucher_rials + card_rials) >= ($2::jsonb ->> 'leastRials')::bigint)
select merchant_id, sum(purchases)::int as purchases, sum(rials)::bigint as rials,
       jsonb_build_object('households', count(*), 'most', max(purchases), 'cardRials', sum(card)::text) as figures,
       (select array_agg(rrn) from (select rrn from many n, unnest(n.rrns) as rrn where n.merchant_id = m.merchant_id order by 1 limit 200) e)
         as rrns
  from many m group by merchant_id
