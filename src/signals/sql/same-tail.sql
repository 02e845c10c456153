-- Amounts that end in the same digits, where most of a shop's do.
with tails as (
  select merchant_id, total_rials % (10 ^ ($2::jsonb ->> 'digits')::int)::bigint as tail, count(*) as purchases, sum(voucher_rials) as rials,
         (array_agg(rrn order by at, transaction_id))[:200] as rrns
    from voucher_sales where business_day = $1::date group by 1, 2),
most as (
  select distinct on (merchant_id) *, sum(purchases) over (partition by merchant_id) as sales
    from tails order by merchant_id, purchases desc, tail)
select merchant_id, purchases::int, rials::bigint,
       jsonb_build_object('tail', lpad(tail::text, ($2::jsonb ->> 'digits')::int, '0'), 'sales', sales,
                          'sharePercent', (100 * purchases / sales)::int) as figures,
       rrns
  from most
 where purchases >= ($2::jsonb ->> 'purchases')::int and 100 * purchases >= ($2::jsonb ->> 'sharePercent')::int * sales
