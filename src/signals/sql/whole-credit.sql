-- Sales of a single line that leave the household nothing, where most of a shop's sales are such.
select merchant_id, count(*) filter (where whole)::int as purchases, (sum(voucher_rials) filter (where whole))::bigint as rials,
       jsonb_build_object('sales', count(*), 'sharePercent', 100 * count(*) filter (where whole) / count(*)) as figures,
       (array_agg(rrn order by at, transaction_id) filter (where whole))[:200] as rrns
  from (select *, lines = 1 and left_rials <= ($2::jsonb ->> 'leftRials')::bigint and voucher_rials >= ($2::jsonb ->> 'leastRials')::bigint as whole
          from voucher_sales where business_day = $1::date) s
 group by merchant_id
having count(*) filter (where whole) >= ($2::jsonb ->> 'purchases')::int
   and 100 * count(*) filter (where whole) >= ($2::jsonb ->> 'sharePercent')::int * count(*)
