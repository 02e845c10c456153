-- The file that takes a withdrawn one's place. $1 MsgId of before, $2 MsgId.
insert into payment_files (message_id, business_day, rail, file_no, orders, sum_rials, created_on, pay_on, cycle, digest)
select $2::text, f.business_day, f.rail,
       (select max(file_no) + 1 from payment_files n where n.business_day = f.business_day and n.rail = f.rail),
       s.orders, s.rials, f.created_on, f.pay_on, f.cycle, s.digest
  from payment_files f
 cross join (select count(*) as orders, sum(amount_rials) as rials, sum(order_hash(o)) as digest
               from payment_orders o where o.message_id = $2::text) s
 where f.message_id = $1
