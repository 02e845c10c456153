-- What a business day came to once it is netted: sums of its nets, what became of them, and its orders by state. $1 day.
select n.merchants, n.purchases, n."purchaseRials", n.returns, n."returnRials", n.reversals, n."reversalRials", n."feeRials", n."carriedRials", n."netRials",
       n."payShops", n."carryShops", n."holdShops", n."zeroShops", o.orders
  from (select count(*)::int as merchants, coalesce(sum(purchases), 0)::int as purchases, coalesce(sum(purchase_rials), 0)::text as "purchaseRials",
               coalesce(sum(returns), 0)::int as returns, coalesce(sum(return_rials), 0)::text as "returnRials",
               coalesce(sum(reversals), 0)::int as reversals, coalesce(sum(reversal_rials), 0)::text as "reversalRials",
               coalesce(sum(fee_rials), 0)::text as "feeRials", coalesce(sum(carried_rials), 0)::text as "carriedRials",
               coalesce(sum(net_rials), 0)::text as "netRials",
               count(*) filter (where outcome = 'pay')::int as "payShops", count(*) filter (where outcome = 'carry')::int as "carryShops",
               count(*) filter (where outcome = 'hold')::int as "holdShops", count(*) filter (where outcome = 'zero')::int as "zeroShops"
          from merchant_nets where business_day = $1) n
 cross join (
   -- file by file, each by its index: at once for all files, every order that there ever was is read
   select coalesce(jsonb_agg(jsonb_build_object('state', state, 'orders', orders, 'rials', rials::text) order by state), '[]') as orders
     from (select o.state, sum(o.orders)::int as orders, sum(o.rials) as rials
             from payment_files f
            cross join lateral (select p.state, count(*) as orders, sum(p.amount_rials) as rials from payment_orders p
                                 where p.message_id = f.message_id group by p.state) o
            where f.business_day = $1 group by o.state) s) o
