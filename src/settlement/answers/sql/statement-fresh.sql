-- Leaves what counts: statements that are new, each once, and of them what is booked. An entry without details is a line itself,
-- unless it is a batch. Directions and amounts that a detail leaves out are its entry's.
delete from statements s
 where exists (select 1 from bank_statements b where b.identity = s.identity)
    or exists (select 1 from statements t where t.identity = s.identity and t.statement < s.statement);
update statements s set foreign_account = true
 where account ~ '^IR[0-9]{24}$' and not exists (select 1 from payment_serials p where p.debtor_sheba = s.account);
delete from statement_entries e where not booked or not exists (select 1 from statements s where s.statement = e.statement);
create index on statement_entries (entry);
delete from statement_lines l where not exists (select 1 from statement_entries e where e.entry = l.entry);
delete from statement_batches b where not exists (select 1 from statement_entries e where e.entry = b.entry);
update statement_lines l
   set direction = coalesce(l.direction, e.direction), booked_on = e."bookedOn",
       rials = coalesce(l.rials, case when e.details = 1 then e.rials end)
  from statement_entries e where e.entry = l.entry;
insert into statement_lines (statement, entry, part, line, direction, rials, refs, words, shown, reason, booked_on)
select statement, entry, part, line, direction, rials, refs, words, shown, reason, "bookedOn"
  from statement_entries e
 where details = 0 and not exists (select 1 from statement_batches b where b.entry = e.entry);
update statement_batches b
   set direction = coalesce(b.direction, e.direction),
       rials = coalesce(b.rials, case when (select count(*) from statement_batches o where o.entry = b.entry) = 1 then e.rials end)
  from statement_entries e where e.entry = b.entry;
