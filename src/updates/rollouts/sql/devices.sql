-- Devices of a step of a rollout, each counted once. $1 rollout, $2 buckets of the step, $3 own terminals, $4 provinces, $5 PSPs, $6 models,
-- $7 since when a device that is at it counts as silent
with r as (select * from update_rollouts where rollout_id = $1),
step as (
  select t.terminal_id, r.release_id, r.step_since
    from r cross join update_terminals t
    join update_releases e using (release_id)
   where (t.terminal_id = any ($3)
          or (update_bucket(r.release_id, t.serial) < $2
              and ($4::text[] is null or t.province = any ($4)) and ($5::text[] is null or t.psp = any ($5)) and ($6::text[] is null or t.model = any ($6))))
     and (e.profile = '*' or e.profile = t.profile)
     and (e.psp is null or e.psp = replace(update_slug(t.psp), '-', '_'))
     and ('*' = any (e.hardware) or update_slug(t.model) = any (select update_slug(h) from unnest(e.hardware) h))),
each as (
  select case when o.had then 'had'
              when o.phase = 'CONFIRMED' then 'confirmed'
              when o.phase in ('ROLLED_BACK', 'REJECTED') then 'failed'
              when o.phase is not null and o.at >= $7 then 'under_way'
              when o.phase is null and d.reported_at >= s.step_since then 'waiting'
              else 'unknown' end as how
    from step s left join update_outcomes o using (release_id, terminal_id) left join update_devices d using (terminal_id))
select count(*) filter (where how = 'had')::int as had, count(*) filter (where how = 'confirmed')::int as confirmed,
       count(*) filter (where how = 'failed')::int as failed, count(*) filter (where how = 'under_way')::int as "underWay",
       count(*) filter (where how = 'waiting')::int as waiting, count(*) filter (where how = 'unknown')::int as unknown
  from each
