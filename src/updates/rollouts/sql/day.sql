-- What the closed business day $2 shows of a rollout's terminals: those that have the release, and those of its population that do not
-- have it yet. $1 rollout, $3 own terminals, $4 provinces, $5 PSPs, $6 models
insert into update_rollout_days
with r as (select * from update_rollouts where rollout_id = $1),
-- a day begins at midnight in Tehran, which is UTC+3:30
start as (select extract(epoch from $2::date - interval '3 hours 30 minutes') * 1000 as ms),
population as (
  select t.terminal_id, r.step, extract(epoch from o.confirmed_at) * 1000 as since
    from r cross join update_terminals t
    join update_releases e using (release_id)
    left join update_outcomes o on o.release_id = r.release_id and o.terminal_id = t.terminal_id and o.phase = 'CONFIRMED'
   where (t.terminal_id = any ($3)
          or (($4::text[] is null or t.province = any ($4)) and ($5::text[] is null or t.psp = any ($5)) and ($6::text[] is null or t.model = any ($6))))
     and (e.profile = '*' or e.profile = t.profile)
     and (e.psp is null or e.psp = replace(update_slug(t.psp), '-', '_'))
     and ('*' = any (e.hardware) or update_slug(t.model) = any (select update_slug(h) from unnest(e.hardware) h))),
sales as (
  select x.terminal_id, x.state, coalesce(x.at >= p.since, false) as updated
    from transactions x join population p using (terminal_id)
   where x.business_day = $2 and x.kind in ('purchase', 'forward') and x.state <> 'held'),
sold as (
  select updated, count(distinct terminal_id) as terminals, count(*) as purchases, count(*) filter (where state in ('approved', 'reversed')) as approved,
         count(*) filter (where state = 'reversed') as reversed
    from sales group by updated),
-- a terminal belongs to a side when it was there all day
sides as (
  select p.terminal_id, coalesce(p.since < s.ms, false) as updated from population p cross join start s
   where p.since is null or p.since < s.ms or p.since >= s.ms + 86400000),
before as (
  select distinct terminal_id from transactions
   where business_day = (select max(business_day) from business_days where business_day < $2) and kind in ('purchase', 'forward')),
quiet as (
  select updated, count(*) as traded, count(*) filter (where not exists (select 1 from sales x where x.terminal_id = sides.terminal_id)) as silent
    from sides join before using (terminal_id) group by updated),
-- of every message, not of sales alone: an update takes numbers too (src/terminals/health)
lost as (
  select updated, sum(h.stan_gaps) as gaps from sides join terminal_health_days h on h.terminal_id = sides.terminal_id and h.day = $2 group by updated),
macs as (
  select updated, sum(failures) as failures from sides join update_mac_failures m on m.terminal_id = sides.terminal_id and m.day = $2 group by updated)
select r.rollout_id, r.step, $2::date, u.updated, coalesce(s.terminals, 0), coalesce(s.purchases, 0), coalesce(s.approved, 0), coalesce(s.reversed, 0),
       coalesce(l.gaps, 0), coalesce(m.failures, 0), coalesce(q.traded, 0), coalesce(q.silent, 0)
  from r cross join (values (true), (false)) u (updated)
  left join sold s using (updated) left join quiet q using (updated) left join lost l using (updated) left join macs m using (updated)
on conflict do nothing
