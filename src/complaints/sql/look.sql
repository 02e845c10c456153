-- What became of a purchase. $1 household, $2 transaction, $3 its business day.
select t.state, t.rc, t.at::float8 as at, t.bank is not null as "bankAsked", t.voucher_rials::text as voucher, t.card_rials::text as card,
       (t.given_voucher + t.given_card + t.given_cash)::text as "givenBack",
       (t.voucher_rials + t.card_rials + t.cash_rials)::text as whole,
       exists (select 1 from bank_doubts d where d.kind <> 'held' and d.rrn = t.rrn and d.terminal_id = t.terminal_id) as "reversalOpen",
       exists (select 1 from bank_doubts d where d.kind = 'refused' and d.rrn = t.rrn and d.terminal_id = t.terminal_id) as "reversalRefused"
  from transactions t where t.household_id = $1 and t.transaction_id = $2 and t.business_day = $3
