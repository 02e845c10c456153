-- How far some business days are, and what one shop's net of each is. $1 shop, $2 days.
select d.business_day::text as day, d.closed_at is not null as closed, (extract(epoch from d.closed_at) * 1000)::float8 as "closedAt",
       c.state, (extract(epoch from c.made_at) * 1000)::float8 as "madeAt", (extract(epoch from c.released_at) * 1000)::float8 as "releasedAt",
       (extract(epoch from c.delivered_at) * 1000)::float8 as "deliveredAt", c.error is not null as failing,
       c.profile ->> 'createdTime' as "createdTime",
       n.purchase_rials::text as "purchaseRials", n.return_rials::text as "returnRials", n.reversal_rials::text as "reversalRials",
       n.fee_rials::text as "feeRials", n.carried_rials::text as "carriedRials", (n.net_rials - n.remainder_rials)::text as "netRials",
       n.remainder_rials::text as "remainderRials", n.outcome, n.reason
  from business_days d
  left join clearings c using (business_day)
  left join merchant_nets n on n.merchant_id = $1 and n.business_day = d.business_day
 where d.business_day = any ($2::date[])
 order by 1
