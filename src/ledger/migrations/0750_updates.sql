-- Signed updates (terminals.md 3): files, what may exist (releases and metadata), who gets what when (rollouts), and what devices report.

create table update_files (
  sha256  text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  length  int  not null check (length between 0 and 67108864),
  content bytea not null check (length(content) = length)
);
alter table update_files alter column content set storage external; -- pieces are read without the whole

create table update_releases (
  release_id      bigint generated always as identity primary key,
  component       text not null check (component in ('menu', 'goods', 'params', 'firmware')),
  line            text not null check (line ~ '^[a-z][a-z0-9_-]{0,120}$'), -- the role of targets that speaks of it
  profile         text not null check (length(profile) between 1 and 40),
  psp             text check (length(psp) between 1 and 60),
  hardware        text[] not null check (cardinality(hardware) between 1 and 200),
  counter         int  not null check (counter > 0),
  path            text not null unique,
  sha256          text not null references update_files,
  sha512          text not null check (sha512 ~ '^[0-9a-f]{128}$'),
  length          int  not null,
  min_from        int  not null default 0 check (min_from >= 0),
  deltas          jsonb not null default '[]',
  effective_from  timestamptz not null,
  effective_until timestamptz check (effective_until > effective_from),
  text_fa         text not null check (length(text_fa) between 1 and 500),
  text_en         text not null check (length(text_en) between 1 and 500),
  staged_by       bigint not null references persons,
  staged_at       timestamptz not null,
  approved_by     bigint references persons,
  approved_at     timestamptz,
  published_at    timestamptz,
  withdrawn_at    timestamptz,
  unique (line, component, profile, counter),
  check (approved_by <> staged_by),                             -- two persons release
  check ((approved_by is null) = (approved_at is null)),
  check (published_at is null or approved_at is not null)
);
create index update_releases_live on update_releases (component, profile) where published_at is not null and withdrawn_at is null;

-- Where what lies below /tuf/targets/: releases, and the deltas to them.
create table update_paths (
  path   text primary key check (length(path) <= 200),
  sha256 text not null references update_files
);

create table update_metadata (
  role    text not null check (role ~ '^[a-z][a-z0-9_-]{0,120}$'),
  version int  not null check (version > 0),
  expires timestamptz not null,
  bytes   bytea not null,
  at      timestamptz not null,
  primary key (role, version)
);
-- What devices shall hear of since the timestamp was signed last.
create table update_state (
  one       boolean primary key default true check (one),
  changed_at timestamptz not null
);

create table update_rollouts (
  rollout_id  bigint generated always as identity primary key,
  release_id  bigint not null references update_releases,
  plan        jsonb  not null,
  state       text   not null default 'proposed' check (state in ('proposed', 'running', 'halted', 'done', 'ended')),
  step        int    not null default 0 check (step >= 0),
  step_since  timestamptz,
  proposed_by bigint not null references persons,
  proposed_at timestamptz not null,
  released_by bigint references persons,
  released_at timestamptz,
  halted_by   bigint references persons,                        -- null while halted: the machine
  halted_at   timestamptz,
  halt_reason text check (length(halt_reason) between 1 and 2000),
  ended_at    timestamptz,
  version     int not null default 1,
  check (released_by <> proposed_by),                           -- two persons release
  check (state not in ('running', 'done') or (released_by is not null and step_since is not null)),
  check ((state = 'halted') = (halted_at is not null))
);
-- One at a time for a release.
create unique index update_rollouts_open on update_rollouts (release_id) where state in ('proposed', 'running', 'halted');
create table update_rollout_events (
  event_id   bigint generated always as identity primary key,
  rollout_id bigint not null references update_rollouts,
  at         timestamptz not null,
  what       text not null check (what in ('proposed', 'released', 'advanced', 'halted', 'finished', 'ended')),
  step       int  not null,
  actor      text not null,
  reason     text,
  figures    jsonb not null default '{}'
);
create index update_rollout_events_of on update_rollout_events (rollout_id, event_id);
-- What a closed business day shows of terminals that have the release, and of those that do not have it yet.
create table update_rollout_days (
  rollout_id   bigint not null references update_rollouts,
  step         int    not null,
  business_day date   not null,
  updated      boolean not null,
  terminals    int not null,
  purchases    int not null,
  approved     int not null,
  reversed     int not null,
  gaps         int not null,     -- STANs that never came
  mac_failures int not null,
  traded_before int not null,    -- terminals that traded on the day before
  silent       int not null,     -- of these, those that did not on this day
  primary key (rollout_id, business_day, updated)
);

-- What each device reported last, and what it was told.
create table update_devices (
  terminal_id      text primary key references terminals,
  report_counter   int  not null default 0,
  components       jsonb not null default '{}',      -- component → file, sha256, releaseCounter, slot
  reported_at      timestamptz,
  report           jsonb,
  director         jsonb,
  director_version int  not null default 0
) with (fillfactor = 70);
-- How a release went on a device: its last word. `had`: it had it before it was offered.
create table update_outcomes (
  release_id  bigint not null references update_releases,
  terminal_id text   not null references terminals,
  phase       text   not null check (phase in ('DOWNLOADED', 'VERIFIED', 'INSTALLED', 'CONFIRMED', 'ROLLED_BACK', 'REJECTED')),
  reason      text   check (length(reason) <= 40),
  had         boolean not null default false,
  at          timestamptz not null,
  confirmed_at timestamptz,
  primary key (release_id, terminal_id)
) with (fillfactor = 70);
create table update_reports (
  terminal_id text not null references terminals,
  counter     int  not null,
  at          timestamptz not null,
  via         text not null check (via in ('https', 'wire')),
  report      jsonb not null,
  signature   text,
  primary key (terminal_id, counter)
);
create index update_reports_at on update_reports (at);
create index update_reports_attack on update_reports (at) where report ? 'attack';

-- Nothing is installed or widened meanwhile: before Nowruz, and whatever else people say.
create table update_freezes (
  freeze_id  bigint generated always as identity primary key,
  from_at    timestamptz not null,
  until_at   timestamptz not null check (until_at > from_at),
  reason     text not null check (length(reason) between 1 and 300),
  made_by    bigint not null references persons,
  ended_at   timestamptz
);

-- MACs that were wrong, by terminal and day.
create table update_mac_failures (
  terminal_id text not null,
  day         date not null,
  failures    int  not null,
  primary key (terminal_id, day)
);

-- Where a terminal stands in the order in which a release reaches devices: 0 to 9999, the same for ever (src/updates/rollouts/bucket.ts).
create function update_bucket(p_release bigint, p_serial text) returns int language sql immutable strict parallel safe as $$
  select (('x' || left(encode(sha256(convert_to(p_release || ':' || p_serial, 'UTF8')), 'hex'), 8))::bit(32)::bigint % 10000)::int
$$;

create view update_terminals as
  select t.terminal_id, coalesce(t.serial, t.terminal_id) as serial, t.merchant_id, t.profile, t.psp, t.model, a.province_en as province
    from terminals t join merchants m using (merchant_id)
    left join lateral (select province_en from postal_areas p where p.prefix = left(m.postal_code, length(p.prefix))
                        order by length(p.prefix) desc limit 1) a on true
   where t.status = 'active';

-- `PX 100` and `px-100` are one model (src/updates/rollouts/director.ts).
create function update_slug(p_name text) returns text language sql immutable parallel safe as $$
  select regexp_replace(lower(coalesce(p_name, '')), '[^a-z0-9_]+', '-', 'g')
$$;
