-- Every rial of closed days that is neither paid, on its way, carried nor in a named break. $1 first day, $2 last day, $3 only these
-- (null: all).
-- Each branch is an equation of the books; a row is one that does not hold, with the rials by which it fails.
with days as (
  select d.business_day, c.state, c.state in ('made', 'written', 'released', 'delivered', 'settled') as made,
         not exists (select 1 from merchant_nets n where n.business_day = d.business_day and n.digest is null) as by_shop
    from business_days d left join clearings c using (business_day)
   where d.closed_at is not null and d.business_day between $1::date and $2::date and ($3::date[] is null or d.business_day = any ($3))
), moved as materialized ( -- one pass over each day's postings, whatever rests on it
  select d.business_day, m.merchant_id, m.purchase_rials - m.return_rials - m.reversal_rials as rials, m.fee_rials, m.postings, m.digest
    from days d cross join lateral settlement_day(d.business_day, 0, 1) m
), netted as (
  select n.business_day, n.merchant_id, purchase_rials - return_rials - reversal_rials as rials, postings, digest
    from merchant_nets n join days using (business_day)
), orders as (
  select o.business_day, o.merchant_id, sum(amount_rials) as rials
    from payment_orders o join days using (business_day) group by 1, 2
), left_open as (
  select created_day as business_day, merchant_id, sum(rials) as rials
    from payable_carries join days on business_day = created_day
   where source = 'net ' || created_day group by 1, 2
), taken_up as (
  select consumed_day as business_day, merchant_id, sum(rials) as rials
    from payable_carries join days on business_day = consumed_day group by 1, 2
)
-- 1: a closed day that no clearing takes up
select d.business_day::text as day, null as merchant, sum(m.rials)::text as rials,
       case when d.state is null then 'the day is closed, and nothing clears it' else 'the day''s clearing is only ' || d.state end as reason
  from days d join moved m using (business_day) where d.made is not true and m.rials <> 0 group by d.business_day, d.state
union all
-- 2: the journal and what was netted of it
select business_day::text, merchant_id, (coalesce(m.rials, 0) - coalesce(n.rials, 0))::text,
       'the journal has other rials than the net was made of'
  from (select m.* from moved m join days using (business_day) where made) m
  full join (select n.* from netted n join days using (business_day) where made) n using (business_day, merchant_id)
 where coalesce(m.rials, 0) <> coalesce(n.rials, 0)
union all
-- 3: a net goes into orders, or is carried on
select n.business_day::text, merchant_id, (n.net_rials - n.remainder_rials - coalesce(o.rials, 0) - coalesce(l.rials, 0))::text,
       'the net is neither ordered nor carried'
  from (select n.* from merchant_nets n join days using (business_day) where made) n
  left join orders o using (business_day, merchant_id)
  left join left_open l using (business_day, merchant_id)
 where n.net_rials - n.remainder_rials <> coalesce(o.rials, 0) + coalesce(l.rials, 0)
union all
-- 4: what was carried in is what earlier days left
select business_day::text, merchant_id, (coalesce(t.rials, 0) - coalesce(n.carried_rials, 0))::text,
       'what was carried in is not what the net took up'
  from taken_up t full join (select n.* from merchant_nets n join days using (business_day)) n using (business_day, merchant_id)
 where coalesce(t.rials, 0) <> coalesce(n.carried_rials, 0)
union all
-- 5: an order that came back is carried on, one that did not is not
select o.business_day::text, o.merchant_id, (o.amount_rials - coalesce(c.rials, 0))::text,
       'order ' || instruction_id || ' came back, and is not carried on'
  from payment_orders o join days using (business_day)
  left join payable_carries c on c.merchant_id = o.merchant_id and c.source = 'order ' || o.instruction_id
 where o.state in ('returned', 'held') and o.amount_rials <> coalesce(c.rials, 0)
union all
select o.business_day::text, o.merchant_id, c.rials::text, 'order ' || instruction_id || ' is carried on, and did not come back'
  from payment_orders o join days using (business_day)
  join payable_carries c on c.merchant_id = o.merchant_id and c.source = 'order ' || o.instruction_id
 where o.state not in ('returned', 'held')
union all
-- 6: the books of each order, account by account: out of the payable once, and paid or back where its state says so
select o.business_day::text, o.merchant_id,
       greatest(abs(o.amount_rials - p.ordered), abs(p.payable - e.payable), abs(p.clearing - e.clearing), abs(p.bank - e.bank))::text,
       'the postings of order ' || instruction_id || ' do not agree with its state, ' || o.state
  from payment_orders o join days using (business_day)
  cross join lateral (
    select coalesce(sum(rials) filter (where kind = 'order'), 0) as ordered,
           coalesce(sum(case when credit = 'payable' then rials else 0 end - case when debit = 'payable' then rials else 0 end), 0) as payable,
           coalesce(sum(case when credit = 'clearing' then rials else 0 end - case when debit = 'clearing' then rials else 0 end), 0) as clearing,
           coalesce(sum(case when credit = 'bank' then rials else 0 end - case when debit = 'bank' then rials else 0 end), 0) as bank
      from settlement_postings s where s.merchant_id = o.merchant_id and s.source = o.instruction_id) as p
  cross join lateral (
    select case when o.state in ('returned', 'held') then 0 else -o.amount_rials end as payable,
           case when o.state in ('paid', 'returned', 'held') then 0 else o.amount_rials end as clearing,
           case when o.state = 'paid' then o.amount_rials else 0 end as bank) as e
 where (p.ordered, p.payable, p.clearing, p.bank) <> (o.amount_rials, e.payable, e.clearing, e.bank)
union all
-- 7: fees: posted, and as the terms say
select n.business_day::text, n.merchant_id, (n.fee_rials - coalesce(p.rials, 0))::text, 'the fee of the net is not posted'
  from merchant_nets n join days d on d.business_day = n.business_day and d.made
  left join lateral (select sum(case p.debit when 'payable' then rials else -rials end) as rials from settlement_postings p
                      where p.merchant_id = n.merchant_id and p.kind = 'fee'
                        and (p.source = 'net ' || n.business_day or p.source like 'net ' || n.business_day || ' %')
                        and (p.debit, p.credit) in (('payable', 'fees'), ('fees', 'payable'))) p on true
 where n.fee_rials <> coalesce(p.rials, 0)
union all
select n.business_day::text, n.merchant_id, (n.fee_rials - coalesce(m.fee_rials, 0))::text, 'the fee of the net is not what the terms say'
  from (select n.* from merchant_nets n join days d using (business_day) where d.made) n
  full join moved m on m.business_day = n.business_day and m.merchant_id = n.merchant_id -- full: never a loop in a loop
 where n.fee_rials <> coalesce(m.fee_rials, 0)
union all
-- 7 too: each fee of a table by its row: as the journal says it, and posted to the row's payee and account
select coalesce(f.business_day, l.business_day)::text, coalesce(f.merchant_id, l.merchant_id), (coalesce(f.fee_rials, 0) - coalesce(l.fee_rials, 0))::text,
       'the fee ' || coalesce(f.fee, l.fee) || ' of ' || coalesce(f.valid_from, l.valid_from) || ' is not what its table says'
  from (select f.* from net_fees f join days d using (business_day) where d.made) f
  full join (select d.business_day, l.* from days d cross join lateral (select * from fee_lines(d.business_day, 0, 1)
                                                                         union all select * from card_fee_lines(d.business_day, 0, 1)) l
              where d.made and (l.purchases, l.fee_rials) <> (0, 0)
                -- days that an older version netted have no rows
                and exists (select from net_fees x where x.business_day = d.business_day)) l
    on l.business_day = f.business_day and l.merchant_id = f.merchant_id and l.fee = f.fee and l.valid_from = f.valid_from
 where (f.fee_rials, f.payee, f.account) is distinct from (l.fee_rials, l.payee, l.account)
union all
select f.business_day::text, f.merchant_id, (f.fee_rials - coalesce(p.rials, 0))::text, 'the fee ' || f.fee || ' of ' || f.valid_from || ' is not posted to its payee'
  from net_fees f join days d on d.business_day = f.business_day and d.made
 cross join lateral (select case when f.in_net then 'payable' else 'card' end as own) o
  left join settlement_postings s on s.merchant_id = f.merchant_id and s.kind = case when f.in_net then 'fee' else 'card-fee' end
        and s.source = 'net ' || f.business_day || ' ' || f.fee || ' ' || f.valid_from
        and (s.fee, s.fee_from, s.payee, s.payee_account) = (f.fee, f.valid_from, f.payee, f.account)
 cross join lateral (select case when (s.debit, s.credit) = (o.own, 'fees') then s.rials when (s.debit, s.credit) = ('fees', o.own) then -s.rials end as rials) p
 where f.fee_rials <> coalesce(p.rials, 0)
union all
-- 8: a break's contra posting is carried
select b.settlement_date::text, b.merchant_id, (b.post_rials - coalesce(abs(c.rials), 0))::text,
       'the end of break ' || b.break_id || ' is not carried'
  from breaks b
  left join payable_carries c on c.merchant_id = b.merchant_id and c.source = 'break ' || b.break_id
 where b.settlement_date between $1::date and $2::date and ($3::date[] is null or b.settlement_date = any ($3)) and b.state = 'resolved' and b.post <> 'none'
   and b.post_rials <> coalesce(case b.post when 'credit' then c.rials else -c.rials end, 0)
union all
select b.settlement_date::text, b.merchant_id, (b.post_rials - coalesce(p.rials, 0))::text, 'the end of break ' || b.break_id || ' is not posted'
  from breaks b
  left join settlement_postings p on p.merchant_id = b.merchant_id and p.kind = 'break' and p.source = 'break ' || b.break_id
   and (p.debit, p.credit) = (case b.post when 'credit' then 'suspense' else 'payable' end, case b.post when 'credit' then 'payable' else 'suspense' end)
 where b.settlement_date between $1::date and $2::date and ($3::date[] is null or b.settlement_date = any ($3)) and b.state = 'resolved' and b.post <> 'none' and b.post_rials <> coalesce(p.rials, 0)
union all
-- 9: a file is its orders
select f.business_day::text, null, (f.sum_rials - coalesce(sum(o.amount_rials), 0))::text, 'file ' || f.message_id || ' is not the sum of its orders'
  from payment_files f join days using (business_day) left join payment_orders o on o.message_id = f.message_id and f.withdrawn_at is null
 where f.withdrawn_at is null
 group by f.message_id, f.business_day, f.sum_rials, f.orders
having f.sum_rials <> coalesce(sum(o.amount_rials), 0) or f.orders <> count(o.*)
union all
-- 10: a carry goes into the net of the day that took it up (days asked for are told by 4), and comes from somewhere
select c.consumed_day::text, c.merchant_id, c.rials::text, 'carry ' || c.carry_id || ' is taken up by a day that did not net it'
  from payable_carries c
 where c.created_day between $1::date and $2::date and ($3::date[] is null or c.created_day = any ($3)) and c.consumed_day is not null
   and not exists (select 1 from merchant_nets n where n.merchant_id = c.merchant_id and n.business_day = c.consumed_day)
   and not exists (select 1 from days where business_day = c.consumed_day)
union all
select c.created_day::text, c.merchant_id, c.rials::text, 'carry ' || c.carry_id || ' comes from nothing: ' || c.source
  from payable_carries c
 where c.created_day between $1::date and $2::date and ($3::date[] is null or c.created_day = any ($3))
   and not (c.source = 'net ' || c.created_day
            and exists (select 1 from merchant_nets n where n.merchant_id = c.merchant_id and n.business_day = c.created_day))
   and not exists (select 1 from payment_orders o where c.source like 'order %' and o.instruction_id = substr(c.source, 7)
                                                    and o.merchant_id = c.merchant_id)
   and not exists (select 1 from breaks b where b.break_id = case when c.source ~ '^break [0-9]{1,18}$' then substr(c.source, 7)::bigint end
                                            and b.merchant_id = c.merchant_id and b.state = 'resolved')
union all
-- 11: what is cleared is closed
select c.business_day::text, null, coalesce(sum(o.amount_rials), 0)::text, 'the day is cleared, and is not closed'
  from clearings c left join business_days d using (business_day) left join payment_orders o on o.business_day = c.business_day
 where c.business_day between $1::date and $2::date and ($3::date[] is null or c.business_day = any ($3)) and c.state <> 'closing' and d.closed_at is null
 group by c.business_day
union all
-- 12: an acquirer's line is matched, or in a named break; and none is gone
select f.settlement_date::text, l.merchant_id, l.voucher_rials::text, 'line ' || f.file_id || '/' || l.line || ' of ' || f.psp || ' is neither matched nor in a break'
  from acquirer_files f join acquirer_lines l using (file_id)
 where f.settlement_date between $1::date and $2::date and ($3::date[] is null or f.settlement_date = any ($3)) and l.transaction_id is null and (l.kind in ('ADJ', 'CHB') or l.rc in ('00', '10'))
   and not exists (select 1 from breaks b where b.file_id = l.file_id and b.line = l.line)
union all
select f.settlement_date::text, null, '0', 'file ' || f.file_id || ' of ' || f.psp || ' had ' || f.lines || ' lines, and ' || count(l.*) || ' are here'
  from acquirer_files f left join acquirer_lines l using (file_id)
 where f.settlement_date between $1::date and $2::date and ($3::date[] is null or f.settlement_date = any ($3))
 group by f.file_id having f.lines <> count(l.*)
union all
-- 13: what was netted is still there, shop by shop; and what was kept of it is what was kept then (days that an older version netted
-- have it of whole shards only)
select business_day::text, merchant_id, (coalesce(m.rials, 0) - coalesce(n.rials, 0))::text,
       'the journal changed since it was netted: ' || coalesce(n.postings, 0) || ' postings then, ' || coalesce(m.postings, 0) || ' now'
  from (select m.* from moved m join days using (business_day) where made and by_shop) m
  full join (select n.* from netted n join days using (business_day) where made and by_shop) n using (business_day, merchant_id)
 where (coalesce(n.postings, 0), coalesce(n.digest, 0)) <> (coalesce(m.postings, 0), coalesce(m.digest, 0))
union all
select s.business_day::text, null, '0', 'what was kept of the netted journal is not what was kept then: shard ' || s.shard
  from clearing_shards s join days d using (business_day) join clearings c using (business_day)
 where d.made and s.digest is not null
   and (s.postings, s.digest) <> (
     -- No join: of rows just made the planner knows nothing, and a loop of 100,000 times 100,000 has no end.
     select coalesce(sum(k.postings), 0), coalesce(sum(k.digest), 0)
       from (select merchant_id, postings, digest from netted n where n.business_day = s.business_day and d.by_shop
             union all
             select merchant_id, postings, digest from moved m where m.business_day = s.business_day and not d.by_shop) k
      where mod(abs(hashtext(k.merchant_id)::bigint), c.shards) = s.shard)
union all
-- 14: so are the orders: shop, Sheba, name, rials
select f.business_day::text, null, '0', 'the orders of file ' || f.message_id || ' are not those that were made'
  from payment_files f join days using (business_day)
 where f.digest is not null and f.withdrawn_at is null
   and f.digest <> (select coalesce(sum(order_hash(o)), 0) from payment_orders o where o.message_id = f.message_id)
union all
-- 15: a posting comes from an order, a net or the end of a break
select p.business_day::text, p.merchant_id, p.rials::text, 'posting ' || p.posting_id || ' comes from nothing: ' || p.kind || ' ' || p.source
  from settlement_postings p
 where p.business_day between $1::date and $2::date and ($3::date[] is null or p.business_day = any ($3))
   and case p.kind
         when 'fee' then not exists (select 1 from merchant_nets n where n.merchant_id = p.merchant_id and n.business_day = p.business_day
                                        and p.source = 'net ' || n.business_day)
                         and not exists (select 1 from net_fees f where f.merchant_id = p.merchant_id and f.business_day = p.business_day and f.in_net
                                            and p.source = 'net ' || f.business_day || ' ' || f.fee || ' ' || f.valid_from)
         when 'card-fee' then not exists (select 1 from net_fees f where f.merchant_id = p.merchant_id and f.business_day = p.business_day and not f.in_net
                                             and p.source = 'net ' || f.business_day || ' ' || f.fee || ' ' || f.valid_from)
         when 'remainder' then not exists (select 1 from merchant_nets n where n.merchant_id = p.merchant_id and n.business_day = p.business_day
                                              and n.remainder_rials <> 0 and p.source = 'net ' || n.business_day)
         when 'break' then not exists (select 1 from breaks b where b.merchant_id = p.merchant_id and b.state = 'resolved'
                                          and p.source = 'break ' || b.break_id
                                          and b.break_id = case when p.source ~ '^break [0-9]{1,18}$' then substr(p.source, 7)::bigint end)
         else not exists (select 1 from payment_orders o where o.instruction_id = p.source and o.merchant_id = p.merchant_id) end
union all
-- 16: the breaks that a file raised are still there, and no more than two people agreed to is posted of one
select f.settlement_date::text, null, (f.break_rials - coalesce(sum(b.rials), 0))::text,
       'file ' || f.file_id || ' of ' || f.psp || ' raised ' || f.breaks || ' breaks, and ' || count(b.*) || ' are here or of other rials'
  from acquirer_files f left join breaks b on b.raised_by = f.file_id
 where f.settlement_date between $1::date and $2::date and ($3::date[] is null or f.settlement_date = any ($3)) and f.breaks is not null
 group by f.file_id having (f.breaks, f.break_rials) <> (count(b.*), coalesce(sum(b.rials), 0))
union all
select b.settlement_date::text, b.merchant_id, (b.post_rials - b.rials)::text, 'break ' || b.break_id || ' is resolved, and two people did not agree to that'
  from breaks b
 where b.settlement_date between $1::date and $2::date and ($3::date[] is null or b.settlement_date = any ($3)) and b.state = 'resolved'
   and (b.post_rials > b.rials
        or not exists (select 1 from break_events e where e.break_id = b.break_id and e.event = 'approved' and e.actor = b.approved_by)
        or b.post <> 'none' and not exists (select 1 from break_events e where e.break_id = b.break_id and e.event = 'proposed'
                                               and e.detail like b.post || ' ' || b.post_rials || ':%'))
union all
-- 17: what is below one step of the books' unit stands in the shop's remainders: posted as netted, and never a step
select n.business_day::text, n.merchant_id, (n.remainder_rials - coalesce(p.rials, 0))::text, 'the remainder of the net is not posted'
  from merchant_nets n join days d on d.business_day = n.business_day and d.made
  left join lateral (select case p.debit when 'payable' then rials else -rials end as rials from settlement_postings p
                      where p.merchant_id = n.merchant_id and p.kind = 'remainder' and p.source = 'net ' || n.business_day
                        and (p.debit, p.credit) in (('payable', 'remainders'), ('remainders', 'payable'))) p on true
 where n.remainder_rials <> coalesce(p.rials, 0)
union all
select n.business_day::text, n.merchant_id, k.rials::text, 'the shop''s remainders are below zero, or a step of ' || book_step(n.business_day) || ' rials'
  from merchant_nets n join days d on d.business_day = n.business_day and d.made
 cross join lateral (select coalesce(sum(case p.credit when 'remainders' then rials else -rials end), 0) as rials from settlement_postings p
                      where p.merchant_id = n.merchant_id and p.kind = 'remainder' and p.business_day <= n.business_day) k
 where (select exists (select from book_units)) and (k.rials < 0 or k.rials >= book_step(n.business_day))
order by 1, 2
