-- What each line is about. A reference names an order wherever the bank put it; a word in a free text does so only with the order's
-- amount. What names no order may name a whole payment file.
update statement_lines l set (instruction_id, named) =
       (select (array_agg(o.instruction_id order by r.place))[1], count(distinct o.instruction_id)
          from unnest(l.refs) with ordinality r (ref, place) join payment_orders o on o.instruction_id = r.ref)
 where cardinality(refs) > 0 and exists (select 1 from statements s where s.statement = l.statement and not foreign_account);
update statement_lines l set instruction_id = w.instruction_id
  from (select l.row_id, min(o.instruction_id) as instruction_id
          from statement_lines l cross join lateral unnest(l.words) as w (word)
          join payment_orders o on o.instruction_id = w.word and o.amount_rials = l.rials
          join statements s on s.statement = l.statement and not foreign_account
         where l.instruction_id is null group by l.row_id having count(distinct o.instruction_id) = 1) as w
 where w.row_id = l.row_id;
update statement_lines l set message_id = (select min(f.message_id) from payment_files f where f.message_id = any (l.refs || l.words))
 where instruction_id is null and cardinality(l.refs || l.words) > 0
   and exists (select 1 from statements s where s.statement = l.statement and not foreign_account);
update statement_batches b set message_id = (select min(f.message_id) from payment_files f where f.message_id = any (b.refs))
 where exists (select 1 from statements s where s.statement = b.statement and not foreign_account);
-- A batch counts as a whole where its details do not name its orders, or are not all there.
update statement_batches b set applied = true
  from (select b.part, count(l.row_id) as details, count(l.instruction_id) as named
          from statement_batches b left join statement_lines l using (part) group by b.part) as d
 where d.part = b.part and b.message_id is not null
   and (d.named = 0 or b.count ~ '^[0-9]{1,15}$' and b.count::bigint > d.details);
-- Details that name nothing but the file are a batch together.
insert into statement_batches (statement, entry, part, line, direction, rials, shown, reason, count, message_id, applied)
select statement, entry, part, min(line), direction,
       case when count(*) = count(l.rials) then sum(l.rials) else max(e.rials) filter (where e.details = (select count(*) from statement_lines o where o.entry = l.entry)) end,
       min(l.shown), max(l.reason), case when count(*) > 1 then count(*)::text end, message_id, true
  from statement_lines l join (select entry, rials, details from statement_entries) e using (entry)
 where message_id is not null and not exists (select 1 from statement_batches b where b.part = l.part and b.applied)
 group by statement, entry, part, direction, message_id;
-- Two files may speak of one order: what the first made of it is seen by the second. Held in one order, as by every answer.
select from payment_orders
 where instruction_id in (select instruction_id from statement_lines)
    or message_id in (select message_id from statement_batches where applied)
 order by instruction_id for update;
create temp table statement_files on commit drop as
select b.message_id, o.state, count(*) as orders, sum(o.amount_rials) as rials
  from (select distinct message_id from statement_batches where applied) b join payment_orders o using (message_id)
 where o.state <> 'held' group by 1, 2;
