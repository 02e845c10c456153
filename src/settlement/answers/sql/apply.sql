-- Applies the staged answers: states, books, and what comes back to the shops' payables. An answer that says again
-- what is known already changes nothing. A Sheba at fault (AC01, AC04) waits for a person.
with news as (
  select distinct on (o.instruction_id) o.merchant_id, o.business_day, o.part, o.instruction_id, o.amount_rials,
         o.state as was, a.status, a.reason, a.of_file
    from answer_lines a join payment_orders o using (instruction_id)
   where (o.state <> a.status or a.status = 'accepted' and a.reason <> '' and o.reason is distinct from a.reason)
     and o.state not in ('returned', 'held') and not (o.state = 'paid' and a.status = 'accepted')
   order by o.instruction_id, a.status = 'returned' desc, a.line
), changed as (
  update payment_orders o set state = n.status, reason = nullif(n.reason, ''), changed_at = now()
    from news n
   where o.merchant_id = n.merchant_id and o.business_day = n.business_day and o.part = n.part
), posted as (
  insert into settlement_postings (merchant_id, business_day, kind, debit, credit, rials, source)
  select merchant_id, business_day, status,
         case when was = 'paid' then 'bank' else 'clearing' end,
         case status when 'paid' then 'bank' else 'payable' end, amount_rials, instruction_id
    from news where status in ('paid', 'returned')
), carried as (
  insert into payable_carries (merchant_id, created_day, kind, rials, reason, source, blocked, order_id, order_state)
  select merchant_id, business_day, 'returned', amount_rials,
         'returned by the bank' || coalesce(': ' || nullif(reason, ''), ''), 'order ' || instruction_id,
         reason in ('AC01', 'AC04') and not of_file, instruction_id, 'returned'
    from news where status = 'returned'
)
select status, count(*)::int as orders, sum(amount_rials) as rials from news group by status;
