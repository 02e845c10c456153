-- The ledger: reference data, credit, transactions and the journal (wire.md, files.md).
create table programmes (
  programme_id   text primary key,
  pin_check      text   not null default 'issuer' check (pin_check in ('issuer', 'none')),
  min_card_rials bigint not null default 0 check (min_card_rials >= 0)
);
create table merchants (
  merchant_id text primary key check (merchant_id ~ '^\d{15}$'),
  name        text not null,
  guild       text not null,
  sheba       text not null,
  status      text not null check (status in ('applied', 'approved', 'suspended'))
);
create table terminals (
  terminal_id text primary key check (terminal_id ~ '^\d{8}$'),
  merchant_id text not null references merchants,
  profile     text not null default 'native',
  status      text not null default 'active' check (status in ('active', 'disabled'))
);
create table households (
  household_id text primary key,
  members      int  not null check (members > 0),
  status       text not null default 'active' check (status in ('active', 'blocked', 'expired'))
);
create table cards (
  pan_hash     bytea primary key,
  masked       text not null,
  household_id text not null references households
);
create table goods (
  code text primary key, category text not null, name_fa text not null
);
create table guild_goods (guild text, category text, primary key (guild, category));
create table buckets (
  household_id text   not null references households,
  programme_id text   not null references programmes,
  period       text   not null,
  amount_rials bigint not null check (amount_rials >= 0),
  spent_rials  bigint not null default 0 check (spent_rials >= 0),
  held_rials   bigint not null default 0 check (held_rials >= 0),
  valid_from   date   not null,
  valid_to     date   not null,
  primary key (household_id, programme_id, period),
  check (spent_rials + held_rials <= amount_rials)
);
create table business_days (
  business_day date primary key,
  closed_at    timestamptz
);
create sequence rrn_numbers minvalue 0 maxvalue 999999 start 0 cycle;

create table transactions (
  household_id   text   not null,            -- '' for a card of no household
  transaction_id bigint generated always as identity,
  business_day   date   not null references business_days,
  kind           text   not null check (kind in ('purchase', 'quote', 'release', 'return', 'forward')),
  state          text   not null check (state in ('held', 'approved', 'declined', 'reversed', 'tombstone')),
  terminal_id    text   not null,
  stan           text   not null,
  local_time     text   not null,
  local_date     text   not null,
  transmission   text   not null,
  merchant_id    text   not null,
  content_hash   bytea  not null,
  masked         text   not null,
  rrn            text   not null,
  total_rials    bigint not null,
  voucher_rials  bigint not null default 0,
  card_rials     bigint not null default 0,
  cash_rials     bigint not null default 0,
  returned_rials bigint not null default 0,
  takes          jsonb  not null default '[]', -- [programme, period, rials] of each bucket, oldest-expiring first
  outcome        jsonb,
  leg_stan       text,
  leg_at         text,
  original_rrn   text,
  quote_ref      text,
  reversal       text,                         -- DE 39 of a reversal that came while the bank was asked
  at             bigint not null,
  primary key (household_id, transaction_id)
);
create unique index transactions_by_key on transactions (terminal_id, stan, local_time, local_date);
create index transactions_by_original on transactions (terminal_id, stan, transmission);
create index transactions_by_rrn on transactions (rrn);
create index transactions_by_quote on transactions (quote_ref) where quote_ref is not null;
create index transactions_held on transactions (at) where state = 'held';

-- One row a transaction and account: the legs of each transaction sum to zero.
create table postings (
  household_id   text   not null,
  transaction_id bigint not null,
  business_day   date   not null,
  at             timestamptz not null default now(),
  account        text   not null,
  merchant_id    text   not null,
  rials          bigint not null
);
create index postings_by_day on postings (business_day, merchant_id);
create view journal as select * from postings;

create table bank_advices (
  advice_id    bigint generated always as identity primary key,
  mti          text not null,
  terminal_id  text not null,
  merchant_id  text not null,
  rrn          text not null,
  amount_rials bigint not null,
  leg          jsonb not null,
  original_mti text not null,
  original_leg jsonb not null,
  reason       text not null,
  queued_at    bigint not null,
  due_at       bigint not null,
  attempts     int not null default 0,
  last_error   text,
  done_rc      text,
  done_at      timestamptz
);
create index bank_advices_due on bank_advices (due_at) where done_at is null;
create table held_outcomes (household_id text, transaction_id bigint, outcome jsonb not null, primary key (household_id, transaction_id));
