create temp table staged_lines (
  line int, kind text, terminal_id text, merchant_id text, local_date date, local_time text, stan text, rrn text, rc text,
  total_rials bigint, voucher_rials bigint, card_rials bigint, trace text, sheba text, fee_rials bigint, step_rials bigint
) on commit drop;
create temp table staged_matches (
  line int, household_id text, transaction_id bigint, business_day date, rule_no int
) on commit drop;
