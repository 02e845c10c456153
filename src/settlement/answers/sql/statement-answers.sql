-- What the statements say of orders: a debit pays, a credit gives back. A batch speaks of the orders that are not named themselves.
insert into answer_lines (line, instruction_id, status, reason, rials)
select line, instruction_id, case direction when 'DBIT' then 'paid' else 'returned' end, reason, rials
  from statement_lines where instruction_id is not null;
insert into answer_lines (line, instruction_id, status, reason, of_file)
select b.line, o.instruction_id, case b.direction when 'DBIT' then 'paid' else 'returned' end, b.reason, true
  from statement_batches b join payment_orders o using (message_id)
 where b.applied and o.state not in ('returned', 'held') and (b.direction = 'CRDT' or o.state <> 'paid')
   and not exists (select 1 from statement_lines l where l.instruction_id = o.instruction_id);
