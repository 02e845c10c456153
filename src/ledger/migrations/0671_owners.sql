-- Owners of shops and applicants: who proved a mobile by a one-time code (people.md 7). No code and no token stands here: codes as keyed
-- hashes whose key is outside the database, challenges and tokens as SHA-256.
create table owner_codes (
  code_id    bigint generated always as identity primary key,
  challenge  bytea not null unique check (octet_length(challenge) = 32),
  mobile     text  not null check (mobile ~ '^09\d{9}$'),
  purpose    text  not null check (purpose in ('apply', 'shop', 'confirm')),
  about      text  not null default '' check (length(about) <= 100),   -- what is confirmed: `case:7 1405-1 3`
  hash       bytea not null check (octet_length(hash) = 32),
  made_at    timestamptz not null,
  expires_at timestamptz not null,
  tries      int not null default 0,
  used_at    timestamptz
);
create index owner_codes_old on owner_codes (expires_at);

create table owner_sessions (
  session_id bigint generated always as identity primary key,
  mobile     text  not null check (mobile ~ '^09\d{9}$'),
  sha256     bytea not null unique check (octet_length(sha256) = 32),
  made_at    timestamptz not null,
  used_at    timestamptz not null,
  expires_at timestamptz not null,
  ended_at   timestamptz
);
create index owner_sessions_old on owner_sessions (expires_at);

-- Codes that were asked for, and codes that were tried, by mobile and by address: keyed hashes of what is counted.
create table owner_attempts (
  subject  bytea primary key check (octet_length(subject) = 32),
  count    int not null,
  last_at  timestamptz not null,
  free_at  timestamptz not null                    -- refused unheard until then
);
create index owner_attempts_old on owner_attempts (last_at);
