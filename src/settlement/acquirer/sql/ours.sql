-- What a file of this date may speak of and no earlier file did. $1 settlement date, $2 lookback days.
create temp table staged_ours on commit drop as
select household_id, transaction_id, business_day, leg, merchant_id, terminal_id, stan, local_date, rrn, total_rials,
       voucher_rials, card_rials, quote_ref
  from settlement_legs o
 where business_day between $1::date - $2::int and $1::date + 1
   and not exists (select 1 from acquirer_lines a
                    where a.household_id = o.household_id and a.transaction_id = o.transaction_id)
