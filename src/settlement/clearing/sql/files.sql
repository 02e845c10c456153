-- The files that the day's orders go into. $1 day, $2 created on, $3 PAYA day, $4 PAYA cycle, $5 SATNA day.
insert into payment_files (message_id, business_day, rail, file_no, orders, sum_rials, created_on, pay_on, cycle, digest)
select message_id, $1, rail, row_number() over (partition by rail order by message_id), count(*), sum(amount_rials), $2,
       case rail when 'PAYA' then $3::date else $5::date end, case rail when 'PAYA' then $4 else 'SATNA' end, sum(order_hash(o))
  from payment_orders o
 where business_day = $1
 group by message_id, rail;
