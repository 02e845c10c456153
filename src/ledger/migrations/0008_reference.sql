-- Reference data that comes in files (files.md): what the tables above lack, and the books of the files themselves.
alter table households add column head_hash bytea check (length(head_hash) = 32); -- keyed hash of the national id

alter table merchants
  add column guild_licence     text,
  add column owner_national_id text,
  add column tax_code          text,
  add column mobile            text,
  add column postal_code       text;

-- What came from the period before, beside what was allocated: an allocation that is loaded again is known by the rest.
alter table buckets add column carried_rials bigint not null default 0 check (carried_rials between 0 and amount_rials);

create table loaded_files (
  sha256    text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  kind      text   not null,
  name      text   not null,
  rows      bigint not null,
  loaded_at timestamptz not null default now()
);

-- Who a PAN belongs to when a household's credit is shown.
create index cards_of_household on cards (household_id);
