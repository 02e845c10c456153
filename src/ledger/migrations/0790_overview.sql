-- What copies of the gateway answered, for the console's overview (docs/decisions/0076). Counted in memory by each copy, written as
-- absolute figures under its own name, so that writing them again changes nothing. Figures of service, not of money: books are the ledger.
-- `grain` minute: of one copy. hour: of all copies together, copy ''.
create table traffic_answers (
  grain         text        not null check (grain in ('minute', 'hour')),
  at            timestamptz not null,                -- when the minute or hour begins
  copy          text        not null,
  kind          text        not null,                -- of the transaction: purchase, quote, return, …
  rc            text        not null,
  said          text        not null,                -- what the screen shows; empty: nothing
  answers       bigint      not null check (answers >= 0),
  voucher_rials bigint      not null default 0,
  card_rials    bigint      not null default 0,
  cash_rials    bigint      not null default 0,
  primary key (grain, at, copy, kind, rc, said)
) with (fillfactor = 70);

-- How long purchases took, as a histogram of fixed borders (src/overview/histogram.ts), and how many were answered in each second.
create table traffic_times (
  grain     text        not null check (grain in ('minute', 'hour')),
  at        timestamptz not null,
  copy      text        not null,
  purchases bigint      not null check (purchases >= 0),
  took      bigint[]    not null check (cardinality(took) = 64),
  seconds   int[]       not null check (cardinality(seconds) in (0, 60)), -- of a minute
  primary key (grain, at, copy)
) with (fillfactor = 70);

-- What each copy says of itself, every few seconds.
create table gateway_copies (
  copy        text        primary key,
  started_at  timestamptz not null,
  seen_at     timestamptz not null,
  version     text        not null,
  serves      text[]      not null,
  connections int         not null,
  bank_links  int         not null,
  drift_ms    int         not null                   -- its own clock, ahead of the database's
) with (fillfactor = 70);
