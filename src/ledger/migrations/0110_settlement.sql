-- Settlement: what each shop is owed for a closed business day, and how it is paid. Truth lives here; the job queue
-- is only a doorbell. Accounts of settlement_postings: payable (owed to the shop), clearing (in a payment file),
-- bank (paid), fees, suspense (a named break).

-- What the programme pays and takes, from a business day on.
create table settlement_terms (
  valid_from       date primary key,
  settle_card_part boolean not null default false,  -- the card part is settled by us too, not by the acquirer
  min_payout_rials bigint  not null default 1 check (min_payout_rials >= 1),
  fee_fixed_rials  bigint  not null default 0 check (fee_fixed_rials >= 0),  -- of each purchase
  fee_basis_points int     not null default 0 check (fee_basis_points between 0 and 10000)  -- of the day's voucher part
);
insert into settlement_terms (valid_from) values ('2020-01-01');

create table clearings (
  business_day date primary key,
  state        text not null default 'closing' check
    (state in ('closing', 'closed', 'netted', 'made', 'written', 'released', 'delivered', 'settled')),
  round        int not null default 1,              -- how often its jobs were (re)started
  shards       int not null check (shards between 1 and 256),
  profile      jsonb not null,                      -- the bank profile, frozen when the clearing began
  maker        text not null,
  checker      text,
  started_at   timestamptz not null,
  closed_at    timestamptz,
  made_at      timestamptz,
  released_at  timestamptz,
  delivered_at timestamptz,
  settled_at   timestamptz,
  touched_at   timestamptz not null,
  error        text,                                -- of the last step that failed; null when none is failing
  check (checker is null or lower(checker) <> lower(maker))
);

create table clearing_shards (
  business_day date not null references clearings,
  shard        int not null,
  merchants    int not null,
  done_at      timestamptz not null default now(),
  primary key (business_day, shard)
);

-- A shop's day: net = purchases - returns - reversals - fees + carried in. Frozen by the net step.
create table merchant_nets (
  merchant_id      text   not null,
  business_day     date   not null,
  purchases        int    not null,
  purchase_rials   bigint not null,
  returns          int    not null,
  return_rials     bigint not null,
  reversals        int    not null,
  reversal_rials   bigint not null,
  fee_rials        bigint not null,
  carried_rials    bigint not null,
  net_rials        bigint not null,
  outcome          text check (outcome in ('pay', 'carry', 'hold', 'zero')),
  reason           text,
  primary key (merchant_id, business_day),
  check (net_rials = purchase_rials - return_rials - reversal_rials - fee_rials + carried_rials)
);
create index merchant_nets_day on merchant_nets (business_day);

-- What stays owed (or owing) after a day, until a later day's net takes it up.
create table payable_carries (
  merchant_id  text   not null,
  carry_id     bigint generated always as identity,
  created_day  date   not null,
  kind         text   not null check (kind in ('negative', 'small', 'held', 'returned', 'break')),
  rials        bigint not null check (rials <> 0),
  reason       text   not null,
  source       text   not null,                     -- the order or break it comes from; unique, so it is made once
  blocked      boolean not null default false,      -- waits for a person (a Sheba at fault)
  consumed_day date,
  primary key (merchant_id, carry_id),
  unique (merchant_id, source)
);
create index payable_carries_open on payable_carries (merchant_id) where consumed_day is null;
create index payable_carries_consumed on payable_carries (consumed_day);

-- MsgId serials: never used twice.
create table payment_serials (
  debtor_sheba text primary key,
  last_serial  int not null check (last_serial between 0 and 999999999)
);

create table payment_files (
  message_id   text primary key,
  business_day date not null references clearings,
  rail         text not null check (rail in ('PAYA', 'SATNA')),
  file_no      int  not null,
  orders       int  not null,
  sum_rials    bigint not null,
  created_on   date not null,
  pay_on       date not null,
  cycle        text not null,                       -- PAYA cycle it is meant for, or SATNA
  sha256       text,                                -- set once written, read back and summed
  bytes        bigint,
  written_at   timestamptz,
  delivered_at timestamptz,
  receipt      jsonb,
  unique (business_day, rail, file_no)
);

-- States as domain/03: made, sent, accepted (bank took it), paid, returned. A returned order is never sent again: its
-- rials come back as a carry and go into a later day's order.
create table payment_orders (
  merchant_id    text   not null,
  business_day   date   not null,
  part           int    not null,
  instruction_id text   not null,
  message_id     text   not null,
  position       int    not null,                   -- within its file, from 1
  sheba          text   not null,
  name           text   not null,
  creditor_id    text,
  amount_rials   bigint not null check (amount_rials > 0),
  rail           text   not null,
  state          text   not null default 'made' check (state in ('made', 'sent', 'accepted', 'paid', 'returned')),
  reason         text,
  changed_at     timestamptz not null default now(),
  primary key (merchant_id, business_day, part)
);
create unique index payment_orders_instruction on payment_orders (instruction_id);
create unique index payment_orders_file on payment_orders (message_id, position);

-- Double entry by construction: each row moves rials of one shop from one account to another. Never changed.
create table settlement_postings (
  merchant_id  text   not null,
  posting_id   bigint generated always as identity,
  business_day date   not null,
  kind         text   not null check (kind in ('order', 'fee', 'paid', 'returned', 'break')),
  debit        text   not null check (debit in ('payable', 'clearing', 'bank', 'fees', 'suspense')),
  credit       text   not null check (credit in ('payable', 'clearing', 'bank', 'fees', 'suspense')),
  rials        bigint not null check (rials > 0),
  source       text   not null,                     -- instruction id, break id, …
  posted_at    timestamptz not null default now(),
  primary key (merchant_id, posting_id),
  unique (merchant_id, kind, source)
);

-- Who did what to a clearing: kept for ever.
create table settlement_events (
  event_id     bigint generated always as identity primary key,
  business_day date not null,
  actor        text not null,
  event        text not null,
  detail       jsonb not null default '{}',
  at           timestamptz not null default now()
);
create index settlement_events_day on settlement_events (business_day);
