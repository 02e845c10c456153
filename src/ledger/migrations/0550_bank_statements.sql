-- Statements of our account at the bank, and what in them is about no order of ours.

-- A statement is named by account, Id, electronic sequence or page, and period: Ids begin anew each year, and a statement comes in
-- pages, or beside others in one file.
create table bank_statements (
  identity text primary key,
  digest   text not null,                           -- SHA-256 of its entries: the same statement again changes nothing
  sha256   text not null references taken_files,
  entries  int  not null,
  taken_at timestamptz not null default now()
);

-- What a bank booked, or said, that names none of our orders: each waits for a person.
create table bank_leftovers (
  leftover_id bigint generated always as identity primary key,
  sha256      text not null references taken_files,
  line        int  not null,
  statement   text not null,                        -- the statement's identity; '' where a report said it
  direction   text not null check (direction in ('DBIT', 'CRDT', 'NONE')),
  rials       bigint,                               -- null where the bank does not say
  booked_on   text not null,                        -- as it stands there, or ''
  shown       text not null,                        -- references and text, as they stand there
  reason      text not null,
  raised_at   timestamptz not null default now(),
  closed_by   text check (closed_by <> ''),
  note        text check (note <> ''),
  closed_at   timestamptz,
  check ((closed_at is null) = (closed_by is null) and (closed_at is null) = (note is null))
);
create index bank_leftovers_open on bank_leftovers (leftover_id) where closed_at is null;
