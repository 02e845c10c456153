-- What is true of this database as a whole, so that a copy with other keys, or a payer of the demo, is not taken for its own.
--   demo          the demo programme was seeded here
--   pan.key       keyed check value of the key that PANs are hashed with
--   lmk           a key under the HSM's master key, there only to be opened (JSON of a KeyRef)
create table installation (
  name     text primary key,
  value    text not null,
  noted_at timestamptz not null default now()
);
