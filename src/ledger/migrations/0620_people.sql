-- People who act (people.md 1): who they are, how they prove it, and what they are signed in with. Nothing secret stands here in
-- the clear: passwords as argon2id hashes with a pepper, TOTP secrets sealed, codes and tokens as SHA-256.
create table persons (
  person_id  bigint generated always as identity primary key,
  login      text not null unique check (login ~ '^[a-z][a-z0-9._-]{1,31}$'),
  name_fa    text not null check (length(name_fa) between 1 and 100),
  name_en    text not null check (length(name_en) between 1 and 100),
  roles      text[] not null check (roles <@ array['clerk', 'reviewer', 'maker', 'checker', 'support', 'engineer', 'keeper', 'auditor', 'admin']),
  state      text not null default 'invited' check (state in ('invited', 'active', 'disabled')),
  version    int not null default 1,               -- of what a reader has seen (If-Match)
  made_at    timestamptz not null default now()
);

create table person_factors (
  person_id     bigint primary key references persons,
  password_hash text,
  totp          bytea,                             -- nonce, ciphertext, tag (AES-256-GCM)
  totp_step     bigint not null default 0,         -- of the last code that was taken: none is taken twice
  setup_sha256  bytea check (octet_length(setup_sha256) = 32),
  setup_until   timestamptz,
  setup_totp    bytea,                             -- shown once in a set-up, not yet confirmed by a code
  check ((setup_sha256 is null) = (setup_until is null))
);

create table recovery_codes (
  person_id bigint not null references persons,
  sha256    bytea not null check (octet_length(sha256) = 32),
  used_at   timestamptz,                           -- used, or replaced
  primary key (person_id, sha256)
);

-- challenge: the password was right, the second factor is awaited · session: a browser's · login: a command line's ·
-- token: a program's, with scopes · demo: of the demo programme's people
create table person_tokens (
  token_id   bigint generated always as identity primary key,
  person_id  bigint not null references persons,
  kind       text not null check (kind in ('challenge', 'session', 'login', 'token', 'demo')),
  sha256     bytea not null unique check (octet_length(sha256) = 32),
  name       text not null default '' check (length(name) <= 100),
  scopes     text[] not null,
  made_at    timestamptz not null,
  proved_at  timestamptz,                          -- when its person last proved both factors
  used_at    timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  tries      int not null default 0                -- codes that were tried on a challenge
);
create index person_tokens_person on person_tokens (person_id) where revoked_at is null;
create index person_tokens_end on person_tokens (expires_at);

-- Attempts to sign in that were not forgiven by a success, by account and by address. An unknown name is counted as a known one.
create table sign_in_attempts (
  subject  bytea primary key,                      -- SHA-256 of what is counted: a name may be a password in the wrong field
  failures int not null,
  last_at  timestamptz not null,
  free_at  timestamptz not null                    -- refused unheard until then
);
create index sign_in_attempts_old on sign_in_attempts (last_at);
