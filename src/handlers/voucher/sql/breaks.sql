-- Where an authority's list of a day and our books differ. $1 authority, $2 day, $3 its end (ms), $4 a little before that, $5 raised at,
-- $6 ms: from when on orders can be missing. What was confirmed before was compared with the list before this one.
with told as (
  select l.*, o.order_id as our_id, o.household_id, o.transaction_id, o.business_day, o.told, o.told_at, o.voucher_rials, o.rrn as our_rrn,
         o.merchant_id as our_merchant, o.terminal_id as our_terminal, coalesce(t.state = 'approved', false) as stands,
         exists (select from authority_list_lines f where f.authority = l.authority and f.order_id = l.order_id and f.state = l.state
                    and (f.day, f.line) < (l.day, l.line)) as before,
         exists (select from authority_list_lines f where f.authority = l.authority and f.order_id = l.order_id and f.state = 'reversed'
                    and f.day <= $2) as taken_back
    from authority_list_lines l
    left join authority_orders o on o.authority = l.authority and o.order_id::text = l.order_id and o.said = 'reserved'
    left join transactions t on t.household_id = o.household_id and t.transaction_id = o.transaction_id and t.business_day = o.business_day
   where l.authority = $1 and l.day = $2
), found as (
  select 'DUPLICATE' as class, line, rials, coalesce(our_merchant, merchant_id) as merchant_id, terminal_id, rrn, household_id, transaction_id,
         business_day, order_id, 'the same ' || state || ' was told before' as detail
    from told where before
  union all
  select 'ONLY_ACQUIRER', line, rials, merchant_id, terminal_id, rrn, null, null, null, order_id, 'order ' || order_id || ' is unknown here'
    from told where not before and our_id is null
  union all
  select 'AMOUNT_DIFF', line, abs(rials - voucher_rials), our_merchant, our_terminal, coalesce(our_rrn, rrn), household_id, transaction_id,
         business_day, order_id, rials || ' rials there, ' || voucher_rials || ' here'
    from told where not before and our_id is not null and rials <> voucher_rials
  union all
  select 'MERCHANT_DIFF', line, voucher_rials, our_merchant, our_terminal, coalesce(our_rrn, rrn), household_id, transaction_id, business_day,
         order_id, 'merchant ' || merchant_id || ', terminal ' || terminal_id || ' there, ' || our_merchant || ', ' || our_terminal || ' here'
    from told where not before and our_id is not null and (merchant_id, terminal_id) <> (our_merchant, our_terminal)
  union all
  select 'STATUS_DIFF', line, voucher_rials, our_merchant, our_terminal, coalesce(our_rrn, rrn), household_id, transaction_id, business_day,
         order_id, case state when 'reversed' then 'taken back there, sold here' else 'sold there, not here' end
    from told
   where not before and our_id is not null
     and case state when 'reversed' then stands
                    -- what we took back after its day stands in a later list
                    else not stands and not taken_back and (told = 'refused' or coalesce(told_at, 0) < $3) end
  union all
  select 'ONLY_US', null, o.voucher_rials, o.merchant_id, o.terminal_id, o.rrn, o.household_id, o.transaction_id, o.business_day,
         o.order_id::text, 'sold here, and the authority does not tell it'
    from authority_orders o
    join transactions t on t.household_id = o.household_id and t.transaction_id = o.transaction_id and t.business_day = o.business_day
   where o.authority = $1 and o.told = 'confirmed' and t.state = 'approved' and o.voucher_rials > 0 and o.told_at < $4
     and o.told_at >= $6
     and not exists (select from authority_list_lines l where l.authority = $1 and l.order_id = o.order_id::text and l.state = 'confirmed')
)
insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, household_id, transaction_id, source, raised_at)
select class, $1, $2, business_day, merchant_id, terminal_id, coalesce(rrn, ''), rials, detail, household_id, transaction_id,
       class || ' authority ' || $1 || ' ' || case when class in ('DUPLICATE', 'ONLY_ACQUIRER') then $2::text || '/' || line else order_id end, $5
  from found
on conflict (source) do nothing
