-- Orders that nobody has released yet, of shops that may not be paid any more, or not to that Sheba. $1 day.
select o.instruction_id, o.merchant_id, o.amount_rials::text as rials,
       case when m.merchant_id is null then 'the merchant is unknown'
            when database_clock() < m.payout_from or database_clock() >= m.payout_until
              then case when m.status = 'approved' then 'its pay-outs are restricted' else 'the merchant is ' || m.status end
            when sheba_on(m.merchant_id, m.sheba, $1::date) is distinct from o.sheba then 'the Sheba changed since the order was made'
            when c.change_id is not null then 'the Sheba changed since: its bank has closed the old one'
            when u.break_id is not null then 'what it is owed is not explained: break ' || u.break_id
            else 'its suspense is below zero' end as reason
  from payment_orders o
  left join merchants m using (merchant_id)
  left join shops_unexplained u using (merchant_id)
  left join sheba_changes c on c.merchant_id = o.merchant_id and c.bank_closed and c.stopped_at is null and c.old_sheba = o.sheba
 where o.business_day = $1::date and o.state = 'made'
   and (m.merchant_id is null or database_clock() < m.payout_from or database_clock() >= m.payout_until 
        or sheba_on(m.merchant_id, m.sheba, $1::date) is distinct from o.sheba or c.change_id is not null or u.break_id is not null
        or exists (select 1 from shops_below_suspense b where b.merchant_id = o.merchant_id))
 order by o.instruction_id
