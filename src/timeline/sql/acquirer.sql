-- What acquirers settled of it. $1 household, $2 transaction.
select f.psp, f.settlement_date::text as "settlementDate", t.name as file, a.line, a.rc as code, a.total_rials::text as total, a.voucher_rials::text as voucher,
       a.rule_no as rule, (extract(epoch from f.taken_at) * 1000)::float8 as at
  from acquirer_lines a join acquirer_files f using (file_id) join taken_files t using (sha256)
 where a.household_id = $1 and a.transaction_id = $2 order by a.file_id, a.line
