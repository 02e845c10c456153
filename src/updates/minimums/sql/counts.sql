-- How many terminals a minimum is for, by how they stand to it. $1 now, $2 null, $3 the minimum
with standing as (:standing),
each as (
  select case
      when s.has is null then 'unknown'
      when s.has >= s.counter then 'enough'
      when s.exempt_until is not null then 'exempt'
      when s.way_ends is null or s.way_ends <= $1 then 'unreachable'
      when o.refused_from <= $1 then 'refused'
      else 'told' end as how
    from standing s left join update_outdated o using (terminal_id, minimum_id))
select count(*) filter (where how = 'enough')::int as enough, count(*) filter (where how = 'told')::int as told,
       count(*) filter (where how = 'refused')::int as refused, count(*) filter (where how = 'exempt')::int as exempt,
       count(*) filter (where how = 'unreachable')::int as unreachable, count(*) filter (where how = 'unknown')::int as unknown
  from each
