-- Lines of a payment file by their position. $1 file, $2 after which position, $3 limit, $4 state (null: all).
select o.position, o.instruction_id as id, o.merchant_id as merchant, o.name, o.sheba, o.amount_rials::text as rials, o.state, o.reason,
       o.changed_at as "changedAt"
  from payment_orders o
 where o.message_id = $1 and o.position > $2 and ($4::text is null or o.state = $4)
 order by o.position limit $3
