-- Which (model, software, profile) firmware releases are for, and the newest verdict of certification that holds on each.
-- $1 releases; of a rollout: $2 own terminals, which need none, $3 provinces, $4 PSPs, $5 models
with e as (
  select release_id, software, profile, psp, hardware from update_releases where release_id = any ($1::bigint[]) and component = 'firmware'),
reached as (
  select e.release_id, e.software, t.model, t.profile, 1 as rank
    from e join update_terminals t
      on (e.profile = '*' or e.profile = t.profile)
     and (e.psp is null or e.psp = replace(update_slug(t.psp), '-', '_'))
     and ('*' = any (e.hardware) or update_slug(t.model) = any (select update_slug(h) from unnest(e.hardware) h))
   where not t.terminal_id = any ($2::text[])
     and ($3::text[] is null or t.province = any ($3)) and ($4::text[] is null or t.psp = any ($4)) and ($5::text[] is null or t.model = any ($5))
  union
  -- what it says that it is for, terminals or not: one may come tomorrow
  select e.release_id, e.software, h, e.profile, 2
    from e cross join unnest(e.hardware) h
   where h <> '*' and e.profile <> '*'
     and ($5::text[] is null or update_slug(h) = any (select update_slug(m) from unnest($5) m))),
subjects as (
  select distinct on (release_id, update_slug(model), profile) * from reached
   order by release_id, update_slug(model), profile, rank, model)
select s.release_id::text as release, s.model, s.software, s.profile,
       (select c.verdict from certifications_in_force c
         where update_slug(c.model) = update_slug(s.model) and c.software = s.software and c.profile = s.profile
         order by c.certification_id desc limit 1) as verdict
  from subjects s order by s.release_id, s.model, s.profile
