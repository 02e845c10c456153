-- A business day, its clearing and one shop's net of it. $1 day, $2 shop.
select d.business_day::text as day, (extract(epoch from d.closed_at) * 1000)::float8 as "closedAt", c.state, c.maker, c.checker, c.error,
       (extract(epoch from c.started_at) * 1000)::float8 as "begunAt", (extract(epoch from c.made_at) * 1000)::float8 as "madeAt",
       n.purchases, n.purchase_rials::text as "purchaseRials", n.return_rials::text as "returnRials", n.reversal_rials::text as "reversalRials",
       n.fee_rials::text as "feeRials", n.carried_rials::text as "carriedRials", n.net_rials::text as "netRials", n.outcome, n.reason
  from business_days d
  left join clearings c using (business_day)
  left join merchant_nets n on n.business_day = d.business_day and n.merchant_id = $2
 where d.business_day = $1::date
