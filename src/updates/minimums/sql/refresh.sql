-- Brings update_outdated to what is so now. $1 now, $2 one terminal or null, $3 null
with standing as (:standing),
due as materialized (
  select s.terminal_id, s.minimum_id, s.has, t.told_at, s.way_ends,
         tehran_midnight(greatest(s.refuse_from, t.told_at + make_interval(days => s.notice_days), s.exempt_until)) as refused_from
    from standing s left join update_outdated o using (terminal_id, minimum_id)
   cross join lateral (select coalesce(o.told_at, $1::timestamptz) as told_at) t
   where s.has < s.counter and s.way_ends > $1),
gone as (
  delete from update_outdated o
   where ($2::text is null or o.terminal_id = $2)
     and not exists (select from due d where (d.terminal_id, d.minimum_id) = (o.terminal_id, o.minimum_id)))
insert into update_outdated as o (terminal_id, minimum_id, has, told_at, refused_from, refused_until)
select terminal_id, minimum_id, has, told_at, refused_from, way_ends from due order by terminal_id, minimum_id
on conflict (terminal_id, minimum_id) do update set has = excluded.has, refused_from = excluded.refused_from, refused_until = excluded.refused_until
 where (o.has, o.refused_from, o.refused_until) is distinct from (excluded.has, excluded.refused_from, excluded.refused_until)
