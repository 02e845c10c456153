-- Who works at a shop, and which lessons of /learn they have finished (people.md 4, 7). A name and nothing else of a person; who is removed
-- is gone with their lessons.
create table shop_staff (
  staff_id    bigint generated always as identity primary key,
  merchant_id text not null references merchants,
  name        text not null check (length(name) between 1 and 60),
  added_at    timestamptz not null,
  -- of the practice code, under the pepper of one-time codes
  code_hash   bytea unique check (length(code_hash) = 32),
  code_until  timestamptz,
  unique (merchant_id, name),
  check ((code_hash is null) = (code_until is null))
);

-- A lesson that changes gets another version, and is asked for again; what was finished before stays on record.
create table staff_lessons (
  staff_id    bigint not null references shop_staff on delete cascade,
  lesson      text   not null check (lesson ~ '^[a-z]{1,20}$'),
  version     int    not null check (version > 0),
  finished_at timestamptz not null,
  primary key (staff_id, lesson, version)
);
