-- $1 household, $2 after this transaction
select t.transaction_id::text as id, t.kind, t.state, t.rc, t.total_rials::text as total, t.voucher_rials::text as voucher,
       t.card_rials::text as card, t.cash_rials::text as cash, t.original_id::text as original, t.verdicts is not null as basket, t.rrn
  from transactions t where t.household_id = $1 and t.transaction_id > $2 order by t.transaction_id limit 200
