-- What takes a transaction back, and what takes that back again, by their household's key. $1 household, $2 transaction, $3 its business day.
with direct as (
  select * from transactions t
   where t.household_id = $1 and t.business_day >= $3::date and t.transaction_id > $2 and t.original_id = $2 and t.original_day = $3::date
), every as (
  select * from direct
  union all
  select t.* from direct d
    join transactions t on t.household_id = $1 and t.business_day >= $3::date and t.transaction_id > $2
     and t.original_id = d.transaction_id and t.original_day = d.business_day
)
select household_id as household, transaction_id::text as id, business_day::text as day, kind, state, at::float8 as at, stan, terminal_id as terminal,
       rc as code, reason, total_rials::text as total, voucher_rials::text as voucher, card_rials::text as "cardPart", cash_rials::text as cash,
       original_id::text as "originalId"
  from every order by transaction_id
