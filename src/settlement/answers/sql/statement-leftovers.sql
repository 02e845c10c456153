-- What is booked and names none of our orders: each for a person. A statement of another account is one leftover. $1 file.
insert into bank_leftovers (sha256, line, statement, direction, rials, booked_on, shown, reason)
select $1, l.line, s.identity, l.direction, nullif(l.rials, -1), coalesce(l.booked_on, ''), l.shown,
       'booked, and names none of our orders'
  from statement_lines l join statements s using (statement)
 where l.instruction_id is null and l.message_id is null and not s.foreign_account
   and not exists (select 1 from statement_batches b where b.part = l.part and b.applied)
union all
select $1, b.line, s.identity, b.direction, nullif(b.rials, -1), e."bookedOn", b.shown,
       'a batch that names none of our files'
  from statement_batches b join statements s using (statement) join statement_entries e using (entry)
 where b.message_id is null and not s.foreign_account
   and not exists (select 1 from statement_lines l where l.part = b.part)
union all
select $1, s.line, s.identity, 'NONE', null, '', count(e.entry) || ' booked entries',
       'a statement of an account from which no payment file was made: nothing of it was looked at'
  from statements s left join statement_entries e using (statement)
 where s.foreign_account group by s.statement, s.line, s.identity
order by 2
