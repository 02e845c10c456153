-- Programmes whose credit a remote authority decides (docs/counterparts.md). Our books keep a mirror: what the authority reserves for a
-- purchase is allocated from its programme's fund, and goes back there unless the purchase stands.

-- Cards that an authority has answered for. Their households are mirrors: blocked to everything that the authority has not said, and
-- owed nothing by any calendar of ours.
create table authority_cards (
  pan_hash     bytea  primary key check (length(pan_hash) = 32),
  authority    text   not null,
  household_id text   not null unique,
  token        text   check (length(token) between 1 and 100), -- the authority's own name of the card: no PAN is kept
  first_at     bigint not null,
  confirmed_at bigint                                          -- its last purchase that the authority confirmed
);

-- One row a request that an authority was asked about, written before anything leaves. What is to be told follows from our books
-- (decisions.authority_wants), so that a crash at any step leaves something that any copy can finish.
create table authority_orders (
  order_id       bigint generated always as identity primary key,
  authority      text   not null,
  programme_id   text   not null,
  kind           text   not null check (kind in ('purchase', 'quote')),
  name           text   not null unique,   -- DE 41, 11, 12, 13 and the year
  terminal_id    text   not null,
  merchant_id    text   not null,
  stan           text   not null,
  household_id   text   not null,
  total_rials    bigint not null check (total_rials > 0),
  asked_at       bigint not null,
  -- what the authority said
  said           text   check (said in ('reserved', 'declined')), -- null: nothing that we understood
  trace          text,
  voucher_rials  bigint check (voucher_rials between 0 and total_rials),
  reserved_until bigint,
  -- what our books made of it; of a quote, the purchase that took it
  transaction_id bigint,
  business_day   date,
  rrn            text,
  quote_ref      text,
  abandoned      boolean not null default false, -- whoever asked knows that nothing comes of it
  -- what was told: `confirming` stands before a confirmation leaves
  told           text   not null default 'asked'
    check (told in ('asked', 'confirming', 'confirmed', 'cancelled', 'reversed', 'lapsed', 'refused')),
  told_at        bigint,
  due_at         bigint not null,
  attempts       int    not null default 0,
  last_error     text,
  done_at        bigint,
  check ((said is null) or (said = 'declined') or (trace is not null and voucher_rials is not null and reserved_until is not null))
);
create index authority_orders_due on authority_orders (due_at) where done_at is null;
create index authority_orders_transaction on authority_orders (household_id, transaction_id) where transaction_id is not null;
create index authority_orders_quote on authority_orders (household_id, quote_ref) where quote_ref is not null;
create index authority_orders_told on authority_orders (authority, told_at);

-- The mirror household of a card that an authority decides; null: the card is one of ours, and our ledger decides.
create function authority_household(hash bytea, hidden text, decided_by text, instant bigint) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  found_id text;
begin
  select household_id into found_id from authority_cards where pan_hash = hash;
  if found then return found_id; end if;
  perform 1 from cards where pan_hash = hash;
  if found then return null; end if;
  found_id := 'R' || upper(left(encode(hash, 'hex'), 19));
  insert into households (household_id, members, status, status_reason, status_source)
  values (found_id, 1, 'blocked', 'authority', decided_by) on conflict do nothing;
  insert into cards (pan_hash, masked, household_id) values (hash, hidden, found_id) on conflict do nothing;
  insert into authority_cards (pan_hash, authority, household_id, first_at) values (hash, decided_by, found_id, instant) on conflict do nothing;
  return found_id;
end $$;
