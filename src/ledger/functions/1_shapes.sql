-- What goes into the batch function and what comes out of it (src/ledger/entries.ts, src/ledger/verdicts.ts).

-- A request with what was looked up for it. household_id is '' where the card belongs to none; refusal is why it is refused
-- before anything else is asked.
create type ledger_entry as (
  ord int, op text, terminal_id text, stan text, local_time text, local_date text, merchant_id text, content_hash bytea, masked text, at bigint, today date,
  total_rials bigint, token text, leg_at text, args jsonb, id bigint,
  household_id text, household_status text, members int, guild text, refusal text,
  known_id bigint, known_household text, known_day date, known_hash bytea,
  -- open credit in the order in which it is spent; the programmes that it is of: both alike unless there are several
  bucket_ids bigint[], open_rials bigint[], programme_id text, last_programme text
);

-- What all entries of a batch share: the open business day and the local dates (DE 13) about it, whose requests are kept where they are
-- looked for; the first business day to look in; whether there are requests that are not; where RRNs stand, and the rules of the first programme.
create type ledger_context as (day date, near text[], first_day date, strays boolean, rrn_day text, rrn_hour text, rrn_base bigint, rules programme_rules);

-- A verdict: the answer, then what the batch writes for it.
create type ledger_verdict as (
  ord int, kind text, bank text, household_id text, transaction_id bigint, business_day date,
  rc text, reason text, rrn text, auth_code text,
  voucher_rials bigint, card_rials bigint, cash_rials bigint, left_rials bigint,
  verdicts text, quote_ref text, token text, fault text, pass_through jsonb,
  -- a row of transactions, unless row_kind is null
  row_kind text, state text, total_rials bigint, masked text, original_id bigint, original_day date, quantities jsonb,
  confirm_by bigint,
  -- credit: held and spent change by these signs times the takes
  bucket_ids bigint[], take_rials bigint[], held int, spent int,
  short_rials bigint, -- of voucher_rials, what moves no credit
  -- the journal: voucher, card (but for its fee) and cash with this sign on this merchant, unless post_kind is null
  post_kind text, post_sign int, posted_to text, fee_rials bigint
);

-- How an amount falls on voucher and rest. rc: why not.
create type ledger_split as (
  rc text, reason text, voucher_rials bigint, left_rials bigint,
  bucket_ids bigint[], take_rials bigint[], verdicts text, quantities jsonb, rules programme_rules
);

create function rules_on(programme text, today date) returns programme_rules language sql stable as $$
  select r from programme_rules r where programme_id = programme and valid_from <= today order by valid_from desc limit 1
$$;

-- Requests, reversals and completion advices have names of their own: one may carry the STAN of another.
create function family_of(op text) returns text language sql immutable as $$
  select case op when 'reverse' then '04' when 'advise' then '22' else '02' end
$$;

-- Seconds since the year began, of a moment such as 1123093000; a year has 366 days. Null for what is no moment.
create function second_of_year(moment text) returns int language sql immutable as $$
  select case when moment ~ '^(0[1-9]|1[0-2])\d{8}$' then
    (make_date(2000, left(moment, 2)::int, 1) - date '2000-01-01' + substr(moment, 3, 2)::int - 1) * 86400
    + substr(moment, 5, 2)::int * 3600 + substr(moment, 7, 2)::int * 60 + substr(moment, 9, 2)::int end
$$;

-- Whether a DE 7 (UTC) is that of a request made at this local time (DE 13, 12: Asia/Tehran) or of its repeat, which carries the
-- moment at which it was sent again: a quarter of an hour later at most. Iran is UTC+3:30 (12,600 s) all year since 1401.
create function made_before(local_date text, local_time text, transmission text) returns boolean language sql immutable as $$
  select (second_of_year(transmission) - second_of_year(local_date || local_time) + 12600 + 5 + 3 * 31622400) % 31622400 <= 905
$$;

-- DE 13 with its year, the one that brings it nearest to this day. Null for what is no date.
create function local_day_of(local_date text, today date) returns date language plpgsql immutable as $$
declare
  nearest date;
  day date;
begin
  if local_date !~ '^(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$' then return null; end if;
  for year in extract(year from today)::int - 1 .. extract(year from today)::int + 1 loop
    day := make_date(year, left(local_date, 2)::int, 1) + right(local_date, 2)::int - 1;
    continue when to_char(day, 'MMDD') <> local_date; -- a day that this month has not
    if nearest is null or abs(day - today) < abs(nearest - today) then nearest := day; end if;
  end loop;
  return nearest;
end $$;

create function context_of(instant bigint, today date, dates text[]) returns ledger_context language plpgsql as $$
declare
  c ledger_context;
  local timestamp := to_timestamp(instant / 1000) at time zone 'Asia/Tehran';
  this_hour text := to_char(local, 'YYYY-MM-DD"T"HH24');
begin
  c.day := open_business_day(today);
  c.near := array[to_char(c.day - 1, 'MMDD'), to_char(c.day, 'MMDD'), to_char(c.day + 1, 'MMDD')];
  -- a request is kept under the business day of its date, or a neighbour: those of yesterday may lie two days back
  c.first_day := case when c.near[1] = any (dates) then c.day - 2 else c.day - 1 end;
  c.strays := exists (select 1 from stray_requests where local_day between c.day - 1 and c.day + 1);
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

-- The STAN under which the bank hears of a transaction. Of its number, so that no two copies of the gateway name two requests of one
-- terminal and second alike: the bank would answer the second as a repeat of the first, and a reversal of the one would take back
-- the other. (src/ledger/verdicts.ts has the same.)
create function leg_stan_of(id bigint) returns text language sql immutable as $$
  select lpad((1 + id % 999999)::text, 6, '0')
$$;

-- The verdict of an entry with nothing granted, and a row to be written.
create function new_verdict(e ledger_entry, c ledger_context, row_kind text, state text) returns ledger_verdict
language plpgsql as $$
declare
  v ledger_verdict;
begin
  v.ord := e.ord;
  v.household_id := e.household_id;
  v.transaction_id := e.id;
  v.business_day := c.day;
  v.rrn := rrn_of(c, e.id);
  v.voucher_rials := 0;
  v.card_rials := 0;
  v.cash_rials := 0;
  v.fee_rials := 0;
  v.left_rials := 0;
  v.row_kind := row_kind;
  v.state := state;
  v.total_rials := e.total_rials;
  v.masked := e.masked;
  return v;
end $$;

create function verdict_of(t transactions, ord int, kind text) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
begin
  v.ord := ord;
  v.kind := kind;
  v.bank := t.bank;
  v.household_id := t.household_id;
  v.transaction_id := t.transaction_id;
  v.business_day := t.business_day;
  v.rc := t.rc;
  v.reason := t.reason;
  v.rrn := t.rrn;
  v.auth_code := t.auth_code;
  v.voucher_rials := t.voucher_rials;
  v.card_rials := t.card_rials;
  v.cash_rials := t.cash_rials;
  v.fee_rials := t.fee_rials;
  v.left_rials := t.left_rials;
  v.verdicts := t.verdicts;
  v.quote_ref := t.quote_ref;
  v.token := t.token;
  v.fault := t.fault;
  v.pass_through := t.pass_through;
  return v;
end $$;

create function decline(e ledger_entry, c ledger_context, row_kind text, rc text, reason text) returns ledger_verdict
language plpgsql as $$
declare
  v ledger_verdict := new_verdict(e, c, row_kind, 'declined');
begin
  v.kind := 'declined';
  v.rc := rc;
  v.reason := reason;
  return v;
end $$;

-- A verdict that only says one word: `conflict` (RC 94), `again` (decide it in another batch).
create function one_word(ord int, kind text) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
begin
  v.ord := ord;
  v.kind := kind;
  return v;
end $$;

-- Queues an 0420 for the card part of a transaction (wire.md 9.4).
create function queue_reversal(t transactions, rials bigint, why text, at bigint, leg_stan text, leg_at text) returns void
language plpgsql as $$
begin
  insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg,
                            reason, queued_at, due_at)
  values (case t.household_id when '' then t.masked else t.household_id end, '0420', t.terminal_id, t.merchant_id,
          t.rrn, rials, jsonb_build_object('stan', leg_stan, 'transmission', leg_at), '0200',
          jsonb_build_object('stan', t.leg_stan, 'transmission', t.leg_at), why, at, at);
end $$;
