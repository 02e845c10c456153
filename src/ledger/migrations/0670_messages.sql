-- What people are told on their mobiles (people.md 5). A row is written in the transaction of what it tells, and sent afterwards: at least
-- once, under its key. A code stands here sealed, and only until it was sent or has lapsed.
create table messages (
  message_id bigint generated always as identity primary key,
  key        uuid not null unique default gen_random_uuid(),      -- the same at every attempt: who sends it tells two from one
  mobile     text not null check (mobile ~ '^09\d{9}$'),
  template   text not null check (template ~ '^[a-z]+(\.[a-z-]+)+$'),
  version    int  not null,                                       -- of the template
  language   text not null check (language in ('fa', 'en')),
  -- fraudsters send links: a message of the scheme never holds one
  body       text not null check (length(body) between 1 and 600 and body !~* '(https?:|www\.|://)'),
  about      text check (length(about) <= 200),                   -- `case:7`
  secret     bytea,                                               -- sealed; it stands in the body where {code} is
  secret_until timestamptz,
  state      text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
  tries      int  not null default 0,
  queued_at  timestamptz not null,
  next_at    timestamptz not null,
  done_at    timestamptz,
  reference  text check (length(reference) <= 100),               -- as the operator of the SMS line names it
  fault      text check (length(fault) <= 300),                   -- of the last attempt
  check (state = 'queued' or secret is null),
  check ((state = 'queued') = (done_at is null))
);
create index messages_due on messages (next_at) where state = 'queued';
create index messages_about on messages (about, message_id);
create index messages_secret on messages (secret_until) where secret is not null;
