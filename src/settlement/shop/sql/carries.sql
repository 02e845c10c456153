-- What one shop's days left, and whether people have begun to let it go on. $1 shop, $2 days (null: what no day has taken up yet).
select c.created_day::text as day, c.kind, c.rials::text, c.reason, c.source, c.blocked, c.consumed_day::text as "into",
       o.sheba as "refusedSheba", m.sheba, u.unblock_id is not null as proposed
  from payable_carries c
  left join payment_orders o on o.instruction_id = c.order_id
  left join merchants m on m.merchant_id = c.merchant_id
  left join carry_unblocks u on u.merchant_id = c.merchant_id and u.carry_id = c.carry_id and u.verdict is null
 where c.merchant_id = $1 and case when $2::date[] is null then c.consumed_day is null else c.created_day = any ($2) end
 order by c.carry_id
