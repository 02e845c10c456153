-- The books of a making: fees leave the payable, orders go into clearing. $1 day.
insert into settlement_postings (merchant_id, business_day, kind, debit, credit, rials, source)
select merchant_id, $1::date, 'fee', case when fee_rials > 0 then 'payable' else 'fees' end, case when fee_rials > 0 then 'fees' else 'payable' end,
       abs(fee_rials), 'net ' || $1::date
  from merchant_nets where business_day = $1::date and fee_rials <> 0
union all
select merchant_id, $1::date, 'order', 'payable', 'clearing', amount_rials, instruction_id
  from payment_orders where business_day = $1::date;
