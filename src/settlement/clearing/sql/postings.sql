-- The books of a making: fees leave the payable, each to its payee; fees in card parts, which the shop never had; what is below one step of
-- the books' unit; orders go into clearing. $1 day.
insert into settlement_postings (merchant_id, business_day, kind, debit, credit, rials, source, fee, fee_from, payee, payee_account)
-- by the terms
select n.merchant_id, $1::date, 'fee', case when t.rials > 0 then 'payable' else 'fees' end, case when t.rials > 0 then 'fees' else 'payable' end,
       abs(t.rials), 'net ' || $1::date, null, null::date, null, null
  from merchant_nets n
 cross join lateral (select n.fee_rials - coalesce(sum(f.fee_rials), 0) as rials from net_fees f
                      where f.merchant_id = n.merchant_id and f.business_day = $1::date and f.in_net) t
 where n.business_day = $1::date and t.rials <> 0
union all
-- by a row of a table
select merchant_id, $1::date, case when in_net then 'fee' else 'card-fee' end,
       case when fee_rials > 0 then own else 'fees' end, case when fee_rials > 0 then 'fees' else own end,
       abs(fee_rials), 'net ' || $1::date || ' ' || fee || ' ' || valid_from, fee, valid_from, payee, account
  from net_fees cross join lateral (select case when in_net then 'payable' else 'card' end as own) o
 where business_day = $1::date and fee_rials <> 0
union all
select merchant_id, $1::date, 'remainder', case when remainder_rials > 0 then 'payable' else 'remainders' end,
       case when remainder_rials > 0 then 'remainders' else 'payable' end, abs(remainder_rials), 'net ' || $1::date, null, null, null, null
  from merchant_nets where business_day = $1::date and remainder_rials <> 0
union all
select merchant_id, $1::date, 'order', 'payable', 'clearing', amount_rials, instruction_id, null, null, null, null
  from payment_orders where business_day = $1::date;
