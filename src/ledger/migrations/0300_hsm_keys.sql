-- Keys that are shared with others than terminals, each a token that only the HSM can open (src/hsm/hsm.ts KeyRef).
create table hsm_keys (
  name       text primary key,               -- zmk:<bank>, or what a person called it
  key        jsonb not null,
  created_at timestamptz not null default now()
);
-- Who did what with keys. No key and no component is ever here: names, check values and people.
create table key_log (
  id      bigint generated always as identity primary key,
  at      timestamptz not null default now(),
  what    text not null,                     -- form, import, export, rotate-lmk, …
  name    text not null,
  kcv     text not null,
  people  text[] not null
);
