-- Registries that say whether what a shop typed holds (people.md 4 "Checks through ports"). Which there are, the copies that run checks say
-- at their start: what has no registry goes to a reviewer.
create table registries (
  code          text primary key check (code in ('owner_identity', 'mobile', 'sheba', 'guild_licence', 'tax_code', 'address')),
  asked         boolean not null,
  since         timestamptz not null,
  answered_at   timestamptz,                      -- the last time it said yes or no
  silent_since  timestamptz                       -- it has not since; null: the last question was answered
);

-- Each answer, with what it was about. One to an older version of an item is kept, and changes nothing.
create table registry_answers (
  answer_id    bigint generated always as identity primary key,
  registry     text not null references registries,
  case_id      bigint not null references shop_cases,
  version      int  not null,                     -- of the item
  question     bytea not null check (octet_length(question) = 32),   -- SHA-256 of what was asked: the same again is answered from here
  verdict      text not null check (verdict in ('yes', 'no', 'unknown')),
  reason       text,
  valid_until  timestamptz,
  detail       text check (length(detail) <= 300),   -- of `unknown`: why, for engineers
  asked_at     timestamptz not null,
  at           timestamptz not null,
  applied      boolean not null,
  cached       boolean not null default false,    -- not asked again: an earlier answer still held
  check ((verdict = 'no') = (reason is not null))
);
create index registry_answers_case on registry_answers (case_id, registry, answer_id);
create index registry_answers_question on registry_answers (question, at) where verdict <> 'unknown' and not cached;

create index shop_items_to_check on shop_items (since) where state in ('submitted', 'verifying', 'unknown');

-- What the owner confirmed by a one-time code that a clerk entered: what of the case it was, so that another value wants another code.
create table shop_confirmations (
  case_id bigint not null references shop_cases,
  stand   text   not null check (length(stand) between 1 and 100),   -- versions of the items that the owner stands for
  mobile  text   not null check (mobile ~ '^09\d{9}$'),
  terms   text   not null,
  clerk   bigint not null references persons,     -- who entered the code
  at      timestamptz not null,
  primary key (case_id, stand)
);

-- How many days before a draft or a returned case lapses its applicant is reminded.
create table case_reminder_rules (
  days int primary key check (days between 1 and 60)
);
insert into case_reminder_rules (days) values (7), (3), (1);
create table case_reminders (
  case_id bigint not null references shop_cases,
  due     timestamptz not null,
  days    int not null,
  at      timestamptz not null,
  primary key (case_id, due, days)
);
