-- How terminals stand to minimum versions. $1 now, $2 one terminal or null, $3 one minimum or null (then those in force)
with m as materialized (
  select m.minimum_id, m.refuse_from, m.notice_days, m.psps, m.models, r.component, r.line, r.profile, r.counter, r.psp, r.hardware,
         (select d.expires from update_metadata d where d.role = r.line order by d.version desc limit 1) as metadata_ends
    from update_minimums m join update_releases r using (release_id)
   where case when $3::bigint is null then m.approved_at is not null and m.ended_at is null else m.minimum_id = $3 end),
-- what was ever released of the same
known as materialized (
  select m.minimum_id, k.release_id, k.counter, k.sha256, k.software, k.psp, k.hardware, k.min_from, k.effective_until,
         k.published_at is not null and k.withdrawn_at is null and k.effective_from <= $1 and coalesce(k.effective_until > $1, true) as live,
         o.state, o.plan
    from m join update_releases k on (k.line, k.component, k.profile) = (m.line, m.component, m.profile)
    left join lateral (select u.state, u.plan from update_rollouts u where u.release_id = k.release_id order by u.rollout_id desc limit 1) o on true),
-- updates that work: rolled out to the end, and nothing above them is stopped
ways as materialized (
  select k.*, least(m.metadata_ends, k.effective_until) as ends, k.counter >= m.counter as enough
    from known k join m using (minimum_id)
   where k.live and k.state = 'done' and m.metadata_ends > $1
     and not exists (select from known h where h.minimum_id = k.minimum_id and h.counter >= k.counter and h.state = 'halted')),
said as materialized (
  select m.minimum_id, m.refuse_from, m.notice_days, m.counter, t.terminal_id, t.merchant_id, t.profile, t.psp, t.model, coalesce(d.counter, 0) as reported,
         -- what it runs is not what we released under that counter; of firmware tag 02 speaks too: it may have been put in by hand
         greatest(case when exists (select from known k where k.minimum_id = m.minimum_id and k.counter = d.counter and k.sha256 <> d.sha256)
                        and not exists (select from update_releases k where k.component = m.component and k.counter = d.counter and k.sha256 = d.sha256)
                       then 0 else d.counter end,
                  case when m.component = 'firmware' then (
                    select max(k.counter) from known k where k.minimum_id = m.minimum_id and k.software = coalesce(c.software, t.software_version)) end) as has
    from m join terminals t on t.status = 'active' and ($2::text is null or t.terminal_id = $2)
     and update_is_for(m.profile, m.psp, m.hardware, t.profile, t.psp, t.model)
     and (m.psps is null or t.psp = any (m.psps)) and (m.models is null or update_slug(t.model) = any (select update_slug(x) from unnest(m.models) x))
    left join terminal_contacts c using (terminal_id)
    left join lateral (
      select (u.components -> m.component ->> 'releaseCounter')::int as counter, u.components -> m.component ->> 'sha256' as sha256
        from update_devices u where u.terminal_id = t.terminal_id) d on true)
select s.minimum_id, s.terminal_id, s.merchant_id, s.refuse_from, s.notice_days, s.counter, s.has, w.ends as way_ends, x.until_at as exempt_until
  from said s
  left join lateral (
    select max(w.ends) as ends from ways w cross join lateral (
      select (w.plan -> 'own' ? s.terminal_id
              or ((not w.plan ? 'psps' or w.plan -> 'psps' ? s.psp) and (not w.plan ? 'models' or w.plan -> 'models' ? s.model)
                  and (not w.plan ? 'provinces' or w.plan -> 'provinces' ? (select a.province from update_terminals a where a.terminal_id = s.terminal_id)))) as offered) o
     where s.has < s.counter and w.minimum_id = s.minimum_id and w.enough and w.counter >= s.reported and coalesce(o.offered, false)
       and update_is_for('*', w.psp, w.hardware, s.profile, s.psp, s.model)
       -- at once, or by one step in between
       and (w.min_from <= s.reported
            or exists (select from ways v where v.minimum_id = w.minimum_id and v.min_from <= s.reported and v.counter between greatest(w.min_from, s.reported) and w.counter
                          and update_is_for('*', v.psp, v.hardware, s.profile, s.psp, s.model)))) w on true
  left join lateral (
    select max(e.until_at) as until_at from update_exemptions e
     where e.ended_at is null and e.until_at > $1 and (e.minimum_id is null or e.minimum_id = s.minimum_id)
       and (e.terminal_id = s.terminal_id or e.merchant_id = s.merchant_id
            or (update_slug(e.model) = update_slug(s.model) and (e.psp is null or e.psp = s.psp)))) x on s.has < s.counter
