-- Keys of terminals, each a token that only the HSM can open (src/hsm/hsm.ts KeyRef). wire.md 8.
create table terminal_keys (
  terminal_id    text primary key references terminals (terminal_id),
  tmk            jsonb,
  keys           jsonb,                       -- {tpk, tak}: the pair in force
  previous       jsonb,                       -- the pair before, honoured until previous_until
  previous_until bigint not null default 0,   -- ms since the epoch
  changed_at     timestamptz not null default now()
);
