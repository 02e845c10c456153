-- Puts what is left of a withdrawn file's orders into another. $1 MsgId of before, $2 MsgId.
update payment_orders o set message_id = $2, position = n.position
  from (select merchant_id, business_day, part, row_number() over (order by position) as position
          from payment_orders where message_id = $1 and state = 'made') n
 where o.merchant_id = n.merchant_id and o.business_day = n.business_day and o.part = n.part
