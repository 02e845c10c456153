-- Terminals that a minimum is for and that have not enough. $1 now, $2 null, $3 the minimum, $4 a standing or null, $5 after which, $6 how many
with standing as (:standing),
each as (
  select s.terminal_id, s.merchant_id, s.has, o.refused_from, case
      when s.has is null then 'unknown'
      when s.exempt_until is not null then 'exempt'
      when s.way_ends is null or s.way_ends <= $1 then 'unreachable'
      when o.refused_from <= $1 then 'refused'
      else 'told' end as how
    from standing s left join update_outdated o using (terminal_id, minimum_id) where s.has is null or s.has < s.counter)
select e.terminal_id as terminal, e.merchant_id as merchant, t.model, t.psp, e.has, e.how as standing,
       case when e.how in ('told', 'refused', 'exempt') then to_char(e.refused_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end as "refusedFrom"
  from each e join terminals t using (terminal_id)
 where ($4::text is null or e.how = $4) and e.terminal_id > $5 order by e.terminal_id limit $6
