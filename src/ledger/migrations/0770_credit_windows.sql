-- When credit may be spent is policy (docs/decisions/0068). A bucket keeps the days with which it was granted; a row here moves them for
-- all buckets of a programme and period, or of some cohorts of it, from an instant on. One person proposes it, another approves it, and
-- neither is ever changed or removed.
create table credit_windows (
  window_id      bigint generated always as identity primary key,
  programme_id   text   not null references programmes,
  period         text   not null check (period ~ '^1[34]\d{2}-(0[1-9]|1[0-2])$'),
  cohort         text   not null check (cohort in ('all', 'decile', 'digit')),
  cohorts        int[]  not null default '{}',     -- deciles (0: not known), or last digits of the head's national id
  spend_from     date,                             -- null: as it is without this row
  spend_to       date,                             -- the last day
  effective_at   bigint not null,                  -- ms since the epoch; never before its approval
  reason         text   not null check (length(reason) between 5 and 1000),
  proposed_by    text   not null check (proposed_by <> ''),
  proposed_by_id bigint references persons,
  proposed_at    timestamptz not null,
  verdict        text check (verdict in ('approved', 'rejected')),
  decided_by     text,
  decided_by_id  bigint references persons,
  decided_at     timestamptz,
  check (num_nonnulls(spend_from, spend_to) > 0 and coalesce(spend_from <= spend_to, true)),
  check ((cohort = 'all') = (cardinality(cohorts) = 0)),
  check (0 <= all (cohorts) and case cohort when 'digit' then 9 else 10 end >= all (cohorts)),
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decided_at is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by)),
  check (verdict is distinct from 'approved' or decided_by_id <> proposed_by_id)
);
create index credit_windows_of on credit_windows (programme_id, period, window_id);
create trigger fill_person_ids before insert or update on credit_windows for each row execute function fill_person_ids('proposed_by', 'decided_by');

-- What holds from an instant on, as one value that a batch of purchases reads: {"<programme> <period>": {"from": …, "to": …}}, each a day
-- for everybody, or 121 days by 11 × decile + digit + 1 (0: not known), null: as granted. `since` is the first period, by its name, of
-- which credit that has gone back may have to come back, which can be so until `until`.
create table credit_window_maps (
  from_at bigint primary key,
  windows jsonb  not null,
  since   text,
  until   date
);

create function credit_window_map(instant bigint) returns jsonb language sql stable as $$
  with sides as (
    select w.programme_id, w.period, w.cohort, w.cohorts, w.effective_at, w.window_id, s.side, s.day
      from credit_windows w cross join lateral (values ('from', spend_from), ('to', spend_to)) s (side, day)
     where w.verdict = 'approved' and w.effective_at <= instant and s.day is not null),
  newest as (
    select distinct on (programme_id, period, side) * from sides order by programme_id, period, side, effective_at desc, window_id desc),
  said as (
    select programme_id, period, side, case when cohort = 'all' then to_jsonb(day) else (
             select jsonb_agg((select s.day from sides s
                                where s.programme_id = n.programme_id and s.period = n.period and s.side = n.side
                                  and (s.cohort = 'all' or s.cohort = 'decile' and i / 11 = any (s.cohorts)
                                       or s.cohort = 'digit' and i % 11 - 1 = any (s.cohorts))
                                order by s.effective_at desc, s.window_id desc limit 1) order by i)
               from generate_series(0, 120) i) end as days
      from newest n)
  select coalesce(jsonb_object_agg(programme_id || ' ' || period, days), '{}')
    from (select programme_id, period, jsonb_object_agg(side, days) as days from said group by 1, 2) w
$$;

-- An approval counts from now on at the earliest: what was decided before stands.
create function decide_credit_window() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.verdict, new.decided_by, new.decided_at) > 0 then
      raise exception 'a window is proposed first' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if old.verdict is not null then raise exception 'window % was % before', old.window_id, old.verdict using errcode = 'check_violation'; end if;
  if new.verdict = 'approved' then
    lock table credit_window_maps in share row exclusive mode;
    new.effective_at := greatest(old.effective_at, database_clock());
  end if;
  return new;
end $$;
create trigger decide_credit_window before insert or update on credit_windows for each row execute function decide_credit_window();

create function keep_credit_window_maps() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from credit_window_maps where from_at >= new.effective_at;
  insert into credit_window_maps (from_at, windows, since, until)
  select t.at, m.windows, p.since, p.until
    from (select distinct effective_at as at from credit_windows where verdict = 'approved' and effective_at >= new.effective_at) t
   cross join lateral (select credit_window_map(t.at) as windows) m
   cross join lateral (
     select min(w.period) as since, max(w.spend_to) as until from credit_windows w
      where w.verdict = 'approved' and w.effective_at <= t.at and w.spend_to >= database_today()) p;
  return null;
end $$;
create trigger keep_credit_window_maps after update of verdict on credit_windows for each row
  when (new.verdict = 'approved') execute function keep_credit_window_maps();

create function audit_credit_window() returns trigger language plpgsql as $$
begin
  perform audit_act(case when new.verdict is null then new.proposed_by else new.decided_by end,
                    'window.' || coalesce(new.verdict, 'proposed'), 'window:' || new.window_id,
                    jsonb_build_object('programme', new.programme_id, 'period', new.period, 'cohort', new.cohort, 'cohorts', new.cohorts,
                                       'from', new.spend_from, 'to', new.spend_to, 'effectiveAt', new.effective_at), new.reason);
  return null;
end $$;
create constraint trigger audit_credit_window after insert or update of verdict on credit_windows deferrable initially deferred
  for each row execute function audit_credit_window();

-- Credit of a period whose end was moved is found by these. Neither holds a column that a purchase changes.
create index buckets_unswept on buckets (programme_id, period, household_id, bucket_id) where not swept;
create index buckets_ended on buckets (programme_id, period, household_id, bucket_id) where expired_rials > 0;

-- What went back to its fund at its end and comes back, because the end was moved, is posted as a prolongation.
alter table postings
  drop constraint postings_kind_check,
  add constraint postings_kind_check check (kind in ('allocation', 'purchase', 'return', 'reversal', 'expiry', 'carry-over', 'prolongation'));
