-- What in the staged answers cannot be true. $1: whether it is a statement, $2: the payment file that it says it is about.
select a.line, case
         when o.instruction_id is null then 'no order has the id ' || a.instruction_id
         when o.message_id <> $2::text then 'order ' || a.instruction_id || ' is of the file ' || o.message_id || ', not of ' || $2
         when a.status is null then 'order ' || a.instruction_id || ' has no TxSts, and neither PmtInfSts nor GrpSts tells one'
         when o.state = 'made' then 'order ' || a.instruction_id || ' has not left yet'
         when o.state = 'held' then 'order ' || a.instruction_id || ' was held before it left'
         when o.state = 'returned' and a.status = 'paid'
           then 'order ' || a.instruction_id || ' came back earlier: it cannot be paid now'
         when o.state = 'paid' and a.of_file and a.status = 'returned' and not $1::boolean
           then 'order ' || a.instruction_id || ' is paid: it cannot be rejected with its whole file'
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
 where o.instruction_id is null
    or o.message_id <> $2::text
    or a.status is null
    or o.state in ('made', 'held')
    or (o.state = 'returned' and a.status = 'paid')
    or (o.state = 'paid' and a.of_file and a.status = 'returned' and not $1::boolean)
    or a.rials <> o.amount_rials
    or d.line is not null
 order by a.line
 limit 100;
