-- What is counted of what should not be. $1 now
select
  (select count(*)::int from breaks b where state <> 'resolved'
      and $1::timestamptz - raised_at > make_interval(days =>
            (select alarm_days from break_rules where valid_from <= b.settlement_date order by valid_from desc limit 1))) as "breaks-overdue",
  (select count(*)::int from bank_leftovers where closed_at is null) as "bank-leftovers",
  (select count(*)::int from shops_below_suspense) as "suspense-below-zero",
  (select count(*)::int from bank_doubts where kind = 'refused') as "advices-refused",
  (select count(*)::int from clearings where error is not null and state <> 'settled') as "clearings-failing",
  (select count(*)::int from messages where state = 'failed' and done_at > $1::timestamptz - interval '1 day') as "messages-failed",
  (select count(*)::int from registries where silent_since < $1::timestamptz - interval '15 minutes') as "registries-silent",
  (select count(*)::int from terminal_blocks where lifted_at is null) as "terminals-blocked",
  (select count(*)::int from update_rollouts where state = 'halted') as "rollouts-halted"
