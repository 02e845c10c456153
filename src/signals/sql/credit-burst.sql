-- Chains of purchases that each leave a household nothing, by other households, each within some seconds of the one before, with no
-- other purchase of the shop in between.
with sales as (
  select *, left_rials <= ($2::jsonb ->> 'leftRials')::bigint and voucher_rials >= ($2::jsonb ->> 'leastRials')::bigint as whole
    from voucher_sales where business_day = $1::date),
linked as (
  select *, coalesce(whole and lag(whole) over w and household_id <> lag(household_id) over w
                     and at - lag(at) over w <= ($2::jsonb ->> 'seconds')::bigint * 1000, false) as follows
    from sales window w as (partition by merchant_id order by at, transaction_id)),
numbered as (
  select *, count(*) filter (where not follows) over (partition by merchant_id order by at, transaction_id) as chain from linked),
chains as (
  select merchant_id, count(*) as purchases, sum(voucher_rials) as rials, max(at) - min(at) as took,
         array_agg(rrn order by at, transaction_id) as rrns
    from numbered where whole group by merchant_id, chain
  having count(*) >= ($2::jsonb ->> 'chain')::int and count(distinct household_id) >= ($2::jsonb ->> 'chain')::int)
select merchant_id, sum(purchases)::int as purchases, sum(rials)::bigint as rials,
       jsonb_build_object('chains', count(*), 'longest', max(purchases), 'fastestSeconds', min(took) / 1000) as figures,
       (select array_agg(rrn) from (select rrn from chains d, unnest(d.rrns) as rrn where d.merchant_id = c.merchant_id order by 1 limit 200) e)
         as rrns
  from chains c group by merchant_id
