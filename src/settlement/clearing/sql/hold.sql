-- Holds orders: state, books, and the carry that takes their rials on. $1 instruction ids, $2 reasons, $3 whether two people must let
-- them go on.
with held as (
  update payment_orders o set state = 'held', reason = h.reason, changed_at = now()
    from unnest($1::text[], $2::text[]) as h (id, reason)
   where o.instruction_id = h.id and o.state = 'made'
  returning o.merchant_id, o.business_day, o.instruction_id, o.amount_rials, h.reason
), posted as (
  insert into settlement_postings (merchant_id, business_day, kind, debit, credit, rials, source)
  select merchant_id, business_day, 'held', 'clearing', 'payable', amount_rials, instruction_id from held
)
insert into payable_carries (merchant_id, created_day, kind, rials, reason, source, blocked, order_id, order_state)
select merchant_id, business_day, 'held', amount_rials, 'held before it left: ' || reason, 'order ' || instruction_id, $3::boolean,
       instruction_id, 'held'
  from held
