-- What was decided, and what it moved. Tables that grow with purchases begin their primary key with household_id and are
-- partitioned by business day, so that they can be distributed and old days detached.
create sequence transaction_ids;

-- One row a request; the answer's fields as they were given stand in it, so that a repeat gets the same (wire.md 9.1).
create table transactions (
  household_id   text   not null,             -- '' for a card of no household
  transaction_id bigint not null,
  business_day   date   not null,             -- the day of the decision
  kind           text   not null check (kind in ('purchase', 'quote', 'release', 'return', 'forward', 'reversal')),
  state          text   not null check (state in ('held', 'approved', 'declined', 'reversed')),
  terminal_id    text   not null,
  stan           text   not null,
  local_time     text   not null,
  local_date     text   not null,
  merchant_id    text   not null,
  masked         text   not null,
  at             bigint not null,             -- ms since the epoch
  -- the answer
  rc             text,                        -- null while held
  reason         text   not null,
  rrn            text   not null,
  auth_code      text,
  total_rials    bigint not null check (total_rials >= 0),
  voucher_rials  bigint not null default 0 check (voucher_rials >= 0),
  card_rials     bigint not null default 0 check (card_rials >= 0),
  cash_rials     bigint not null default 0 check (cash_rials >= 0),
  left_rials     bigint not null default 0 check (left_rials >= 0),
  verdicts       text,                        -- DE 48 tag 12
  quote_ref      text,
  token          text,
  fault          text,
  pass_through   jsonb,
  -- what it took, bucket by bucket, oldest-expiring first; what returns and reversals gave back of it
  bucket_ids     bigint[] not null default '{}',
  take_rials     bigint[] not null default '{}',
  quantities     jsonb,                       -- {programme, period, <category>: quantity}
  given_rials    bigint[] not null default '{}', -- of each take; what comes back late finds its own bucket
  given_voucher  bigint not null default 0,
  given_card     bigint not null default 0,
  given_cash     bigint not null default 0,
  -- the bank leg, named before it leaves
  bank           text check (bank in ('card', 'pin-check')),
  leg_stan       text,
  leg_at         text,
  leased_until   bigint not null default 0,
  reversal       text,                        -- DE 39 of a reversal that came while the bank was asked
  original_id    bigint,
  original_day   date,
  confirm_by     bigint,                      -- ms; a purchase that wants its 0220 by then
  confirmed_at   bigint,
  primary key (household_id, transaction_id, business_day),
  check (given_voucher between 0 and voucher_rials),
  check (given_card between 0 and card_rials),
  check (given_cash between 0 and cash_rials),
  check ((state = 'held') = (rc is null))
) partition by range (business_day);

create index transactions_held on transactions (at) where state = 'held';
create index transactions_unconfirmed on transactions (confirm_by)
  where confirm_by is not null and confirmed_at is null and state = 'approved';

-- The names under which requests came (wire.md 9.1), and under which reversals look for them (DE 90). A table of its own with
-- one index, so that no plan can miss it, whatever the statistics of a day that has just begun say.
create table requests (
  merchant_id    text   not null,
  terminal_id    text   not null,
  stan           text   not null,
  local_time     text   not null,
  local_date     text   not null,
  family         text   not null check (family in ('02', '04')), -- a reversal may carry the STAN of its original
  business_day   date   not null,
  transmission   text   not null,
  content_hash   bytea  not null,
  household_id   text   not null,
  transaction_id bigint not null,
  primary key (merchant_id, terminal_id, stan, local_time, local_date, family, business_day)
) partition by range (business_day);

-- The journal: one row a movement, one column an account, so that the database itself sees every row's legs sum to zero.
create table postings (
  household_id      text   not null,
  transaction_id    bigint not null,
  line              int    not null,
  business_day      date   not null,
  at                bigint not null,
  kind              text   not null check (kind in ('allocation', 'purchase', 'return', 'reversal', 'expiry', 'carry-over')),
  merchant_id       text,
  bucket_id         bigint,
  programme_fund    bigint not null default 0,
  household_voucher bigint not null default 0, -- what we owe the household: negative when it is spent
  merchant_payable  bigint not null default 0,
  card_clearing     bigint not null default 0,
  merchant_card     bigint not null default 0,
  cash_note         bigint not null default 0, -- memorandum: what the customer paid in cash
  merchant_cash     bigint not null default 0,
  fees              bigint not null default 0,
  suspense          bigint not null default 0,
  primary key (household_id, transaction_id, line, business_day),
  constraint legs_sum_to_zero check (
    programme_fund + household_voucher + merchant_payable + card_clearing + merchant_card + cash_note + merchant_cash
    + fees + suspense = 0)
) partition by range (business_day);

-- The journal leg by leg, for people and for settlement.
create view journal as
  select p.household_id, p.transaction_id, p.line, p.business_day, p.at, p.kind, p.merchant_id, p.bucket_id,
         leg.account, leg.rials
    from postings p
   cross join lateral (values
     ('programme-fund', programme_fund), ('household-voucher', household_voucher), ('merchant-payable', merchant_payable),
     ('card-clearing', card_clearing), ('merchant-card', merchant_card), ('cash-note', cash_note),
     ('merchant-cash', merchant_cash), ('fees', fees), ('suspense', suspense)) leg (account, rials)
   where leg.rials <> 0;

create table business_days (
  business_day date primary key,
  closed_at    timestamptz
);

-- Partitions stand ready before their day begins. Attaching one blocks nobody's insert; creating it in place would.
create function prepare_days(first date, days int) returns void language plpgsql as $$
declare
  day date;
  parent text;
  part text;
begin
  perform pg_advisory_xact_lock(8583, 1);
  for i in 0 .. days - 1 loop
    day := first + i;
    foreach parent in array array['transactions', 'requests', 'postings'] loop
      part := parent || to_char(day, '_YYYYMMDD');
      continue when to_regclass(part) is not null;
      execute format('create table %I (like %I including defaults including constraints)', part, parent);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part, day, day + 1);
    end loop;
  end loop;
end $$;

create function prepare_opened_day() returns trigger language plpgsql as $$
begin
  perform prepare_days(new.business_day, 3);
  return null;
end $$;
create trigger prepare_opened_day after insert on business_days
  for each row execute function prepare_opened_day();

-- Credit reserved for 120 s (37 98 00 with DE 48 tag 15).
create table quotes (
  household_id   text     not null,
  quote_ref      text     not null check (quote_ref ~ '^\d{13}$'),
  transaction_id bigint   not null,
  state          text     not null check (state in ('held', 'taken', 'released')),
  expires_at     bigint   not null,
  total_rials    bigint   not null,
  voucher_rials  bigint   not null,
  verdicts       text,
  bucket_ids     bigint[] not null,
  take_rials     bigint[] not null,
  quantities     jsonb,
  primary key (household_id, quote_ref)
);
create index quotes_held on quotes (expires_at) where state = 'held';

-- A reversal that came before its original: the original is refused when it comes (wire.md 9.3).
create table tombstones (
  terminal_id  text not null,
  stan         text not null,
  transmission text not null,
  rrn          text not null,
  at           bigint not null,
  primary key (terminal_id, stan, transmission)
);

-- RRN = YDDD, hour, six digits. `base` is the last transaction number before the hour began.
create table rrn_hours (
  hour text primary key,                      -- YYYY-MM-DDThh, Tehran
  base bigint not null
);
-- More than a million in an hour go on in "hours" 24-89, which no clock shows (90-99 are refusals').
create sequence rrn_overflow minvalue 0 maxvalue 65999999 start 0 cycle;

-- Messages that must reach the bank, whatever happens (wire.md 9.4). Those of a lane go in order, one after another.
create table bank_advices (
  advice_id    bigint generated always as identity primary key,
  lane         text   not null,
  mti          text   not null check (mti in ('0420', '0220')),
  terminal_id  text   not null,
  merchant_id  text   not null,
  rrn          text   not null,
  amount_rials bigint not null check (amount_rials > 0),
  leg          jsonb  not null,
  original_mti text   not null,
  original_leg jsonb  not null,
  reason       text   not null,
  queued_at    bigint not null,
  due_at       bigint not null,
  attempts     int    not null default 0,
  last_error   text,
  done_rc      text,
  done_at      timestamptz
);
create index bank_advices_due on bank_advices (due_at) where done_at is null;
create index bank_advices_lane on bank_advices (lane, advice_id) where done_at is null;
