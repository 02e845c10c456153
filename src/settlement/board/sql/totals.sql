-- What a business day came to once it is netted: sums of its nets (kept once its orders are made), what became of them, and its orders by state. $1 day.
select n.merchants, n.purchases, n.purchase_rials::text as "purchaseRials", n.returns, n.return_rials::text as "returnRials",
       n.reversals, n.reversal_rials::text as "reversalRials", n.fee_rials::text as "feeRials", n.carried_rials::text as "carriedRials",
       n.net_rials::text as "netRials", n.pay_shops as "payShops", n.carry_shops as "carryShops", n.hold_shops as "holdShops", n.zero_shops as "zeroShops",
       o.orders
  from (select * from net_totals where business_day = $1
        union all
        select s.* from net_sums($1) s where not exists (select from net_totals where business_day = $1)) n
 cross join (
   -- file by file, each by its index: at once for all files, every order that there ever was is read
   select coalesce(jsonb_agg(jsonb_build_object('state', state, 'orders', orders, 'rials', rials::text) order by state), '[]') as orders
     from (select o.state, sum(o.orders)::int as orders, sum(o.rials) as rials
             from payment_files f
            cross join lateral (select p.state, count(*) as orders, sum(p.amount_rials) as rials from payment_orders p
                                 where p.message_id = f.message_id group by p.state) o
            where f.business_day = $1 group by o.state) s) o
