-- Minimum versions of what runs on terminals (terminals.md 3, rollouts 7): the release from which on a terminal may sell, who is exempt, and
-- which terminals are below one. Nothing of it stops anything but sales, and only where an update that works is there for the taking.

create table update_minimums (
  minimum_id  bigint generated always as identity primary key,
  release_id  bigint not null references update_releases,          -- it, or a later one of its line, component and profile
  psps        text[] check (cardinality(psps) between 1 and 100),  -- null: all that it is for
  models      text[] check (cardinality(models) between 1 and 200),
  refuse_from timestamptz not null,                                -- the beginning of a day in Tehran
  notice_days int not null check (notice_days between 1 and 365),  -- each terminal is told for so long at least
  reason      text not null check (length(reason) between 1 and 300),
  proposed_by bigint not null references persons,
  proposed_at timestamptz not null,
  approved_by bigint references persons,
  approved_at timestamptz,
  ended_by    bigint references persons,
  ended_at    timestamptz,
  check (approved_by <> proposed_by),                              -- two persons
  check ((approved_by is null) = (approved_at is null)),
  check ((ended_by is null) = (ended_at is null))
);
create index update_minimums_live on update_minimums (minimum_id) where approved_at is not null and ended_at is null;

create table update_exemptions (
  exemption_id bigint generated always as identity primary key,
  minimum_id   bigint references update_minimums,                  -- null: of every one
  terminal_id  text references terminals,
  merchant_id  text references merchants,
  model        text check (length(model) between 1 and 60),
  psp          text check (length(psp) between 1 and 60),
  until_at     timestamptz not null,
  reason       text not null check (length(reason) between 1 and 300),
  made_by      bigint not null references persons,
  made_at      timestamptz not null,
  ended_by     bigint references persons,
  ended_at     timestamptz,
  check (num_nonnulls(terminal_id, merchant_id, model) = 1),
  check (psp is null or model is not null),
  check (until_at > made_at),
  check ((ended_by is null) = (ended_at is null))
);

-- Terminals below a minimum that can take an update which is not: told since, refused from, and until when the update can be taken. Instants
-- only: when they come nothing is written (src/merchants/directory.ts keeps them beside the terminal).
create table update_outdated (
  terminal_id   text   not null references terminals,
  minimum_id    bigint not null references update_minimums,
  has           int    not null,
  told_at       timestamptz not null,
  messaged_at   timestamptz,                                       -- its shop, when it was told
  reminded_at   timestamptz,                                       -- and again, a week before
  refused_from  timestamptz not null,
  refused_until timestamptz not null,
  primary key (terminal_id, minimum_id)
) with (fillfactor = 70);
create index update_outdated_untold on update_outdated (terminal_id) where messaged_at is null or reminded_at is null;
create trigger notify_terminal after insert or delete on update_outdated for each row execute function notify_terminal();
create trigger notify_terminal_again after update of refused_from, refused_until on update_outdated for each row
  when ((old.refused_from, old.refused_until) is distinct from (new.refused_from, new.refused_until)) execute function notify_terminal();

-- Whether what is for these is for such a terminal: as in the director (src/updates/rollouts/director.ts).
create function update_is_for(p_profile text, p_psp text, p_hardware text[], t_profile text, t_psp text, t_model text) returns boolean
language sql immutable parallel safe as $$
  select (p_profile = '*' or p_profile = t_profile)
     and (p_psp is null or p_psp = replace(update_slug(t_psp), '-', '_'))
     and ('*' = any (p_hardware) or update_slug(t_model) = any (select update_slug(h) from unnest(p_hardware) h))
$$;

-- The first midnight in Tehran that is not before the instant.
create function tehran_midnight(p_at timestamptz) returns timestamptz language sql stable parallel safe as $$
  select case when d.day at time zone 'Asia/Tehran' = p_at then p_at else (d.day + interval '1 day') at time zone 'Asia/Tehran' end
    from (select date_trunc('day', p_at at time zone 'Asia/Tehran') as day) d
$$;
