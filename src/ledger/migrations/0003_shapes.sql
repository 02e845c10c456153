-- What goes into the batch function and what comes out of it (src/ledger/entries.ts, src/ledger/verdicts.ts).

-- A request with what was looked up for it. household_id is '' where the card belongs to none.
create type ledger_entry as (
  ord int, op text, terminal_id text, stan text, local_time text, local_date text, transmission text, merchant_id text,
  content_hash bytea, masked text, at bigint, today date, total_rials bigint, token text, leg_stan text, leg_at text, args jsonb,
  household_id text, household_status text, members int,
  owner text, terminal_status text, merchant_status text, guild text, reversed_before boolean,
  known_id bigint, known_household text, known_day date, known_hash bytea
);

-- What all entries of a batch share: the open business day, where RRNs stand, and the rules of the first programme.
create type ledger_context as (day date, rrn_day text, rrn_hour text, rrn_base bigint, rules programme_rules);

create type ledger_verdict as (
  ord int, kind text, bank text, household_id text, transaction_id bigint, business_day date,
  rc text, reason text, rrn text, auth_code text,
  voucher_rials bigint, card_rials bigint, cash_rials bigint, left_rials bigint,
  verdicts text, quote_ref text, token text, fault text, pass_through jsonb
);

-- How an amount falls on voucher and rest. rc: why not.
create type ledger_split as (
  rc text, reason text, voucher_rials bigint, left_rials bigint,
  bucket_ids bigint[], take_rials bigint[], verdicts text, quantities jsonb, rules programme_rules
);

-- The business day that is open; the first ever is today.
create function open_business_day(today date) returns date language plpgsql as $$
declare
  day date;
begin
  select business_day into day from business_days where closed_at is null order by business_day desc limit 1;
  if day is null then
    insert into business_days (business_day) values (today) on conflict do nothing;
    day := today;
  end if;
  return day;
end $$;

create function rules_on(programme text, today date) returns programme_rules language sql stable as $$
  select r from programme_rules r where programme_id = programme and valid_from <= today order by valid_from desc limit 1
$$;

create function context_of(instant bigint, today date) returns ledger_context language plpgsql as $$
declare
  c ledger_context;
  local timestamp := to_timestamp(instant / 1000) at time zone 'Asia/Tehran';
  this_hour text := to_char(local, 'YYYY-MM-DD"T"HH24');
begin
  c.day := open_business_day(today);
  c.rrn_day := substr(to_char(local, 'YYYY'), 4) || to_char(local, 'DDD');
  c.rrn_hour := to_char(local, 'HH24');
  select base into c.rrn_base from rrn_hours where hour = this_hour;
  if c.rrn_base is null then
    insert into rrn_hours values (this_hour, nextval('transaction_ids')) on conflict do nothing;
    select base into c.rrn_base from rrn_hours where hour = this_hour;
  end if;
  c.rules := rules_on((select min(programme_id) from programmes), today);
  return c;
end $$;

-- The RRN of a transaction number: unique per day over any number of copies.
create function rrn_of(c ledger_context, id bigint) returns text language plpgsql as $$
declare
  n bigint := id - c.rrn_base;
begin
  if n between 0 and 999999 then
    return c.rrn_day || c.rrn_hour || lpad(n::text, 6, '0');
  end if;
  n := nextval('rrn_overflow');
  return c.rrn_day || (24 + n / 1000000) || lpad((n % 1000000)::text, 6, '0');
end $$;

-- A verdict with its number and nothing granted.
create function new_verdict(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
begin
  v.ord := e.ord;
  v.household_id := e.household_id;
  v.transaction_id := nextval('transaction_ids');
  v.business_day := c.day;
  v.rrn := rrn_of(c, v.transaction_id);
  v.voucher_rials := 0;
  v.card_rials := 0;
  v.cash_rials := 0;
  v.left_rials := 0;
  return v;
end $$;

create function verdict_of(t transactions, ord int, kind text) returns ledger_verdict language plpgsql as $$
begin
  return (ord, kind, t.bank, t.household_id, t.transaction_id, t.business_day, t.rc, t.reason, t.rrn, t.auth_code,
          t.voucher_rials, t.card_rials, t.cash_rials, t.left_rials, t.verdicts, t.quote_ref, t.token, t.fault,
          t.pass_through)::ledger_verdict;
end $$;

-- What stands in the transaction row beyond entry and verdict.
create type ledger_extra as (
  bucket_ids bigint[], take_rials bigint[], quantities jsonb, original_id bigint, original_day date, confirm_by bigint
);

create function record(e ledger_entry, v ledger_verdict, kind text, state text, x ledger_extra) returns void
language plpgsql as $$
begin
  insert into transactions (
    household_id, transaction_id, business_day, kind, state, family, terminal_id, stan, local_time, local_date,
    transmission, content_hash, merchant_id, masked, at, rc, reason, rrn, auth_code, total_rials, voucher_rials,
    card_rials, cash_rials, left_rials, verdicts, quote_ref, token, fault, pass_through, bucket_ids, take_rials,
    quantities, bank, leg_stan, leg_at, original_id, original_day, confirm_by)
  values (
    v.household_id, v.transaction_id, v.business_day, kind, state, case kind when 'reversal' then '04' else '02' end,
    e.terminal_id, e.stan, e.local_time, e.local_date, e.transmission, e.content_hash, e.merchant_id, e.masked, e.at,
    case state when 'held' then null else v.rc end, v.reason, v.rrn, v.auth_code, e.total_rials, v.voucher_rials,
    v.card_rials, v.cash_rials, v.left_rials, v.verdicts, v.quote_ref, v.token, v.fault, v.pass_through,
    coalesce(x.bucket_ids, '{}'), coalesce(x.take_rials, '{}'), x.quantities, v.bank, e.leg_stan, e.leg_at,
    x.original_id, x.original_day, x.confirm_by);
end $$;

create function decline(e ledger_entry, c ledger_context, kind text, rc text, reason text) returns ledger_verdict
language plpgsql as $$
declare
  v ledger_verdict := new_verdict(e, c);
begin
  v.kind := 'declined';
  v.rc := rc;
  v.reason := reason;
  perform record(e, v, kind, 'declined', null);
  return v;
end $$;

-- Queues an 0420 for the card part of a transaction (wire.md 9.4).
create function queue_reversal(t transactions, rials bigint, why text, at bigint, leg_stan text, leg_at text) returns void
language sql as $$
  insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg,
                            reason, queued_at, due_at)
  values (case t.household_id when '' then t.masked else t.household_id end, '0420', t.terminal_id, t.merchant_id,
          t.rrn, rials, jsonb_build_object('stan', leg_stan, 'transmission', leg_at), '0200',
          jsonb_build_object('stan', t.leg_stan, 'transmission', t.leg_at), why, at, at)
$$;
