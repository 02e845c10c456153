-- What acquirers say they settled, matched with what we decided, and where the two differ (files.md, domain/04).

-- Our side of the matching: a line for each movement of a shop. `legs` as in the acquirers' files: SALE, or REV for money taken
-- back (a reversal, wholly or in part, or a return).
create view settlement_legs as
  select household_id, transaction_id, business_day, kind, state, merchant_id, terminal_id, stan, local_date, rrn,
         case kind when 'purchase' then 'SALE' else 'REV' end as leg,
         total_rials, voucher_rials, card_rials, coalesce(quote_ref, '') as quote_ref, original_id, at
    from transactions
   where kind in ('purchase', 'return', 'reversal') and state in ('approved', 'reversed') and rc = '00';

-- Which terminals an acquirer answers for: those of these profiles, or all where there is no row.
create table acquirers (
  psp      text primary key,
  profiles text[] not null
);

-- How a line finds its transaction: rules in their order, each a set of keys that must agree. The newest valid_from counts.
create table match_rules (
  valid_from date not null,
  rule_no    int  not null check (rule_no between 1 and 20),
  keys       text[] not null check (
    cardinality(keys) > 0 and keys <@ array['rrn', 'terminal', 'amount', 'stan', 'local-date', 'trace', 'merchant']),
  primary key (valid_from, rule_no)
);
insert into match_rules values
  ('2020-01-01', 1, '{rrn,terminal,amount}'),
  ('2020-01-01', 2, '{terminal,stan,local-date,amount}'),
  ('2020-01-01', 3, '{trace}');

-- When a difference becomes a break, and when a break is old.
create table break_rules (
  valid_from     date primary key,
  lookback_days  int not null check (lookback_days between 1 and 60),  -- a file may speak of days so far back
  late_days      int not null check (late_days >= 0),                  -- a line so many days after its business day is not LATE
  tolerance_days int not null check (tolerance_days >= 0),             -- before what only we have is a break
  alarm_days     int not null check (alarm_days >= 0)                  -- a break older than this is an alarm
);
insert into break_rules values ('2020-01-01', 8, 0, 1, 2);

-- Every line of every file, and the transaction it was matched with. Never changed.
create table acquirer_files (
  file_id         bigint generated always as identity primary key,
  sha256          text not null unique references taken_files,
  psp             text not null,
  settlement_date date not null,
  lines           int  not null,
  matched         int  not null,
  taken_at        timestamptz not null default now()
);
create index acquirer_files_day on acquirer_files (psp, settlement_date);

create table acquirer_lines (
  file_id        bigint not null references acquirer_files,
  line           int    not null,
  kind           text   not null check (kind in ('SALE', 'REV', 'ADJ', 'CHB')),
  terminal_id    text   not null,
  merchant_id    text   not null,
  local_date     date   not null,
  local_time     text   not null,
  stan           text   not null,
  rrn            text   not null,
  rc             text   not null,
  total_rials    bigint not null,
  voucher_rials  bigint not null,
  card_rials     bigint not null,
  trace          text   not null,
  sheba          text   not null,
  fee_rials      bigint not null,
  household_id   text,
  transaction_id bigint,
  business_day   date,
  rule_no        int,
  primary key (file_id, line)
);
-- A transaction is matched once.
create unique index acquirer_lines_match on acquirer_lines (household_id, transaction_id) where transaction_id is not null;
create index acquirer_lines_rrn on acquirer_lines (rrn, terminal_id);

create table breaks (
  break_id       bigint generated always as identity primary key,
  class          text not null check
    (class in ('AMOUNT_DIFF', 'ONLY_US', 'ONLY_ACQUIRER', 'STATUS_DIFF', 'LATE', 'DUPLICATE', 'SHEBA_DIFF')),
  psp            text not null,
  settlement_date date not null,
  business_day   date,                              -- of our transaction, where there is one
  merchant_id    text not null,
  terminal_id    text not null,
  rrn            text not null,
  rials          bigint not null check (rials >= 0),-- voucher rials that the two sides disagree about
  detail         text not null,
  file_id        bigint,
  line           int,
  household_id   text,
  transaction_id bigint,
  source         text not null unique,              -- what it is about: each difference is raised once
  owner          text,
  state          text not null default 'open' check (state in ('open', 'proposed', 'resolved')),
  post           text check (post in ('credit', 'debit', 'none')),  -- to the shop's payable
  post_rials     bigint check (post_rials >= 0),
  reason         text,
  proposed_by    text,
  approved_by    text,
  raised_at      timestamptz not null,
  resolved_at    timestamptz,
  check (approved_by is null or lower(approved_by) <> lower(proposed_by)),
  check ((state = 'resolved') = (approved_by is not null))
);
create index breaks_open on breaks (raised_at) where state <> 'resolved';
create index breaks_day on breaks (business_day);

-- Who did what to a break, for ever.
create table break_events (
  event_id bigint generated always as identity primary key,
  break_id bigint not null references breaks,
  actor    text not null check (actor <> ''),
  event    text not null check (event in ('assigned', 'comment', 'proposed', 'approved', 'rejected', 'arrived')),
  detail   text not null,
  at       timestamptz not null default now()
);
create index break_events_break on break_events (break_id);
