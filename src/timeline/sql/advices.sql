-- What must still reach the bank about these RRNs of a terminal, or did. $1 RRN, $2 terminal.
select advice_id::text as id, mti, amount_rials::text as rials, leg, original_leg as "originalLeg", reason, queued_at::float8 as "queuedAt", due_at::float8 as "dueAt",
       attempts, last_error as error, done_rc as code, (extract(epoch from done_at) * 1000)::float8 as "doneAt", owner, note,
       (extract(epoch from resolved_at) * 1000)::float8 as "resolvedAt",
       done_rc is not null and done_rc not in ('00', '02', '25') and resolved_at is null as refused
  from bank_advices where rrn = $1 and terminal_id = $2 order by advice_id
