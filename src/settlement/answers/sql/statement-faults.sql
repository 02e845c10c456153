-- What in a statement cannot be true: a line of two orders, and a batch that is neither what is open of its file nor all of it.
with batches as (
  select b.*,
         coalesce(sum(f.orders) filter (where state in ('made', 'sent', 'accepted')), 0) as open,
         coalesce(sum(f.rials) filter (where state in ('made', 'sent', 'accepted')), 0) as open_rials,
         coalesce(sum(f.orders) filter (where state <> 'returned'), 0) as kept,
         coalesce(sum(f.rials) filter (where state <> 'returned'), 0) as kept_rials,
         sum(f.orders) as orders, sum(f.rials) as sum_rials
    from (select row_number() over () as no, statement, line, direction, rials, count, message_id
            from statement_batches where applied) b
    join statement_files f using (message_id)
   group by b.no, b.statement, b.line, b.direction, b.rials, b.count, b.message_id
)
select line, 1 as column, 'this names ' || named || ' of our orders, ' || array_to_string(refs, ', ') as reason
  from statement_lines where named > 1
union all
select line, 1, 'a batch of ' || coalesce(case rials when -1 then null else rials::text end, 'unknown')
       || ' rials' || coalesce(' in ' || count || ' orders', '') || ' names the file ' || message_id || ', of which '
       || open_rials || ' in ' || open || ' orders are open (of ' || sum_rials || ' in ' || orders || ')'
  from batches
 where rials is null or not case direction
   when 'DBIT' then (rials, coalesce(nullif(regexp_replace(count, '^0+', ''), ''), '')) in
     ((open_rials, coalesce(open::text, '')), (kept_rials, kept::text), (sum_rials, orders::text))
     or count is null and rials in (open_rials, kept_rials, sum_rials)
   else rials = kept_rials and (count is null or ltrim(count, '0') = kept::text) end
order by 1 limit 100
