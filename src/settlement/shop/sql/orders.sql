-- One shop's orders of some business days, in the files that they are in now. $1 shop, $2 days.
select o.business_day::text as day, o.part, o.instruction_id as id, o.message_id as file, o.sheba, o.amount_rials::text as rials, o.rail,
       o.state, o.reason, (extract(epoch from o.changed_at) * 1000)::float8 as "changedAt", f.pay_on::text as "payOn", f.cycle,
       (extract(epoch from f.delivered_at) * 1000)::float8 as "deliveredAt"
  from payment_orders o join payment_files f using (message_id)
 where o.merchant_id = $1 and o.business_day = any ($2::date[])
 order by 1, 2
