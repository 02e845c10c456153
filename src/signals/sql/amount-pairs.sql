-- Two different amounts, one right after the other, that come back again and again.
with sales as (
  select *, lag(total_rials) over w as before, lag(rrn) over w as before_rrn
    from voucher_sales where business_day = $1::date window w as (partition by merchant_id order by at, transaction_id)),
pairs as (
  select merchant_id, before, total_rials, count(*) as pairs, sum(voucher_rials) as rials,
         array_agg(array[before_rrn, rrn] order by at, transaction_id) as rrns
    from sales
   where before <> total_rials and before + total_rials >= ($2::jsonb ->> 'leastRials')::bigint
   group by 1, 2, 3 having count(*) >= ($2::jsonb ->> 'pairs')::int),
most as (select distinct on (merchant_id) * from pairs order by merchant_id, pairs desc, before, total_rials)
select merchant_id, (select count(distinct rrn) from unnest(rrns) as rrn)::int as purchases, rials::bigint,
       jsonb_build_object('pairs', pairs, 'firstRials', before::text, 'secondRials', total_rials::text) as figures,
       (select array_agg(rrn) from (select distinct rrn from unnest(rrns) as rrn order by 1 limit 200) each) as rrns
  from most
