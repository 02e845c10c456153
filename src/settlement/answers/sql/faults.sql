-- What in the staged answers cannot be true. $1: a statement may speak of other people's orders.
select a.line, case
         when o.instruction_id is null then 'no order has the id ' || a.instruction_id
         when o.state = 'made' then 'order ' || a.instruction_id || ' has not left yet'
         when o.state = 'returned' and a.status = 'paid'
           then 'order ' || a.instruction_id || ' came back earlier: it cannot be paid now'
         when a.rials <> o.amount_rials then 'order ' || a.instruction_id || ' is of ' || o.amount_rials || ' rials, not '
           || case a.rials when -1 then 'what stands here' else a.rials::text end
         else 'order ' || a.instruction_id || ' is answered differently in line ' || d.line
       end as reason
  from answer_lines a
  left join payment_orders o using (instruction_id)
  left join lateral (
    select line from answer_lines d
     where d.instruction_id = a.instruction_id and d.status <> a.status and d.line < a.line
       -- what a statement books comes one after the other: paid, then back
       and not ($1::boolean and d.status = 'paid' and a.status = 'returned') order by line limit 1) as d on true
 where (o.instruction_id is null and not $1::boolean)
    or o.state = 'made'
    or (o.state = 'returned' and a.status = 'paid')
    or a.rials <> o.amount_rials
    or d.line is not null
 order by a.line
 limit 100;
