-- Where the rials of each day are. $1 first day, $2 last day.
select n.business_day::text as day, count(*)::int as merchants,
       sum(purchase_rials - return_rials - reversal_rials)::text as moved, sum(fee_rials)::text as fees,
       sum(carried_rials)::text as "carriedIn",
       coalesce(sum(o.paid), 0)::text as paid, coalesce(sum(o.under_way), 0)::text as "underWay",
       coalesce(sum(o.returned), 0)::text as returned, sum(remainder_rials)::text as remainders,
       coalesce(sum(case when outcome in ('carry', 'hold') then net_rials - remainder_rials else held_rials end), 0)::text as "carriedOut"
  from merchant_nets n
  left join lateral (
    select sum(amount_rials) filter (where state = 'paid') as paid, sum(amount_rials) filter (where state in ('returned', 'held')) as returned,
           sum(amount_rials) filter (where state not in ('paid', 'returned', 'held')) as under_way
      from payment_orders o where o.merchant_id = n.merchant_id and o.business_day = n.business_day) as o on true
 where n.business_day between $1::date and $2::date
 group by n.business_day order by n.business_day
