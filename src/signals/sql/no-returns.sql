-- Many sales over some days, not one of which came back, in an improbable mix.
with span as (
  select merchant_id, sum(purchases) as purchases, sum(voucher_rials) as rials, sum(wholes) as wholes, sum(rounds) as rounds,
         sum(unlisted) as unlisted, sum(backs) as backs, count(*) as days
    from signal_shop_days
   where business_day > $1::date - ($2::jsonb ->> 'days')::int and business_day <= $1::date
   group by merchant_id)
select merchant_id, purchases::int, rials::bigint,
       jsonb_build_object('days', days, 'roundPercent', (100 * rounds / purchases)::int, 'wholePercent', (100 * wholes / purchases)::int,
                          'unlistedPercent', (100 * unlisted / purchases)::int) as figures,
       (select array_agg(rrn) from (select s.rrn from voucher_sales s where s.business_day = $1::date and s.merchant_id = span.merchant_id
                                     order by s.voucher_rials desc, s.rrn limit 200) biggest) as rrns
  from span
 where backs = 0 and purchases >= ($2::jsonb ->> 'purchases')::int
   and 100 * unlisted >= ($2::jsonb ->> 'unlistedPercent')::int * purchases
   and (100 * rounds >= ($2::jsonb ->> 'roundPercent')::int * purchases or 100 * wholes >= ($2::jsonb ->> 'wholePercent')::int * purchases)
   and exists (select 1 from signal_shop_days d where d.business_day = $1::date and d.merchant_id = span.merchant_id)
