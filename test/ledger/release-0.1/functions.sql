-- What goes into the batch function and what comes out of it (src/ledger/entries.ts, src/ledger/verdicts.ts).

-- A request with what was looked up for it. household_id is '' where the card belongs to none; refusal is why it is refused
-- before anything else is asked.
create type ledger_entry as (
  ord int, op text, terminal_id text, stan text, local_time text, local_date text, merchant_id text, content_hash bytea, masked text, at bigint, today date,
  total_rials bigint, token text, leg_stan text, leg_at text, args jsonb, id bigint,
  household_id text, household_status text, members int, guild text, refusal text,
  known_id bigint, known_household text, known_day date, known_hash bytea,
  -- open credit in the order in which it is spent; the programmes that it is of: both alike unless there are several
  bucket_ids bigint[], open_rials bigint[], programme_id text, last_programme text
);

-- What all entries of a batch share: the open business day, the local dates (DE 13) about it, where RRNs stand, and the rules of the first programme.
create type ledger_context as (day date, near text[], rrn_day text, rrn_hour text, rrn_base bigint, rules programme_rules);

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

create function context_of(instant bigint, today date) returns ledger_context language plpgsql as $$
declare
  c ledger_context;
  local timestamp := to_timestamp(instant / 1000) at time zone 'Asia/Tehran';
  this_hour text := to_char(local, 'YYYY-MM-DD"T"HH24');
begin
  c.day := open_business_day(today);
  c.near := array[to_char(c.day - 1, 'MMDD'), to_char(c.day, 'MMDD'), to_char(c.day + 1, 'MMDD'), to_char(today, 'MMDD')];
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
-- Credit: what may be spent, taking it, giving it back.

create function credit_left(household text, today date) returns bigint language sql stable as $$
  select coalesce(sum(amount_rials - spent_rials - held_rials - expired_rials), 0)::bigint
    from buckets where household_id = household and valid_from <= today and valid_to >= today
$$;

-- What of each basket line may come from the voucher, with its verdict (wire.md 5, tag 12). 01 not an eligible good, 04 the guild
-- may not sell it, 03 over the household's quantity, 02 over the price cap: only the cap is taken.
-- Rations are those of the programme and period whose credit is spent first.
create function judge_basket(e ledger_entry, out allowed bigint[], out codes text[], out quantities jsonb)
language plpgsql stable as $$
declare
  l record;
  g goods;
  may bigint;
  code text;
  entitled bigint;
  free_quantity bigint;
  used jsonb := '{}';
  programme text;
  this_period text;
begin
  select programme_id, period into programme, this_period from buckets where household_id = e.household_id and bucket_id = e.bucket_ids[1];
  for l in select x ->> 0 as good, x ->> 1 as unit, (x ->> 2)::bigint as quantity, (x ->> 3)::bigint as rials
             from jsonb_array_elements(e.args -> 'basket') with ordinality as lines (x, n) order by n loop
    may := l.rials;
    code := '00';
    select * into g from goods where goods.code = l.good and valid_from <= e.today and valid_to >= e.today
     order by valid_from desc limit 1;
    if not found or (g.unit is not null and g.unit <> l.unit) then
      may := 0;
      code := '01';
    elsif not exists (select 1 from guild_goods where guild = e.guild and category = g.category) then
      may := 0;
      code := '04';
    else
      if g.price_cap_rials is not null then
        -- numeric: a forged quantity must not overflow
        may := least(l.rials, floor(g.price_cap_rials::numeric * l.quantity / case l.unit when '00' then 1 else 1000 end));
        if may < l.rials then code := '02'; end if;
      end if;
      select quantity_per_member * e.members into entitled from entitlements n
       where n.programme_id = programme and n.category = g.category and n.period in (this_period, '*')
       order by n.period desc limit 1;
      if found then
        free_quantity := greatest(0, entitled - coalesce((used ->> g.category)::bigint, 0) - coalesce((
          select quantity from entitlement_uses u where u.household_id = e.household_id and u.programme_id = programme
             and u.category = g.category and u.period = this_period), 0));
        if l.quantity > free_quantity then
          may := floor(may::numeric * free_quantity / l.quantity);
          code := '03';
        end if;
        used := used || jsonb_build_object(g.category,
          coalesce((used ->> g.category)::bigint, 0) + least(l.quantity, free_quantity));
      end if;
    end if;
    allowed := allowed || may;
    codes := codes || code;
  end loop;
  if used <> '{}' then
    quantities := jsonb_build_object('programme', programme, 'period', this_period, 'used', used);
  end if;
end $$;

-- The limits of each programme on what a household takes of its credit: 61 by amount, 65 by count. What a quote has reserved is
-- as good as taken.
create function over_limit(e ledger_entry, s ledger_split, day date) returns text language plpgsql stable as $$
declare
  p record;
  r programme_rules;
  today_rials bigint;
  today_count int;
begin
  for p in select b.programme_id as id, sum(t.rials) as rials from unnest(s.bucket_ids, s.take_rials) as t (id, rials)
             join buckets b on b.household_id = e.household_id and b.bucket_id = t.id group by 1 order by 1 loop
    r := s.rules;
    if p.id <> r.programme_id or e.programme_id <> e.last_programme then r := rules_on(p.id, e.today); end if;
    if p.rials > r.max_purchase_rials then return '61'; end if;
    if r.max_day_rials is not null or r.max_day_purchases is not null then
      select coalesce(sum(u.rials), 0), count(distinct u.transaction_id) into today_rials, today_count from (
        select x.id, x.rials - coalesce(x.given, 0) as rials, transaction_id
          from transactions t cross join lateral unnest(t.bucket_ids, t.take_rials, t.given_rials) as x (id, rials, given)
         where household_id = e.household_id and business_day = day and kind = 'purchase' and state in ('held', 'approved')
        union all
        select x.id, x.rials, transaction_id
          from quotes q cross join lateral unnest(q.bucket_ids, q.take_rials) as x (id, rials)
         where household_id = e.household_id and state = 'held') u
        join buckets b on b.household_id = e.household_id and b.bucket_id = u.id and b.programme_id = p.id;
      if today_rials + p.rials > r.max_day_rials then return '61'; end if;
      if today_count >= r.max_day_purchases then return '65'; end if;
    end if;
    if r.max_period_rials is not null and p.rials + (
         select coalesce(sum(spent_rials + held_rials), 0) from buckets where household_id = e.household_id
            and programme_id = p.id and valid_from <= e.today and valid_to >= e.today) > r.max_period_rials then
      return '61';
    end if;
  end loop;
  return null;
end $$;

-- The rules under which credit of several programmes is spent together: of each rule the strictest. Limits are each programme's own.
create function common_rules(e ledger_entry) returns programme_rules language plpgsql stable as $$
declare
  all_of programme_rules;
  r programme_rules;
  by_default boolean := false; -- one of them has no rules yet
begin
  for r in select x.* from (select programme_id, min(n) as n from unnest(e.bucket_ids) with ordinality as u (id, n)
                      join buckets b on b.household_id = e.household_id and b.bucket_id = u.id group by 1) p
            left join lateral rules_on(p.programme_id, e.today) x on true order by p.n loop
    by_default := by_default or r.programme_id is null;
    continue when r.programme_id is null;
    if all_of is null then all_of := r; continue; end if;
    if r.min_card_rials > all_of.min_card_rials then
      all_of.min_card_rials := r.min_card_rials;
      all_of.min_card_as := r.min_card_as;
    end if;
    all_of.limited := all_of.limited or r.limited;
    if r.pin_check = 'issuer' then all_of.pin_check := 'issuer'; end if;
    all_of.pin_check_from_rials := least(all_of.pin_check_from_rials, r.pin_check_from_rials);
    if r.confirmation = 'required' then
      all_of.confirm_within_ms := case all_of.confirmation when 'required' then least(all_of.confirm_within_ms, r.confirm_within_ms)
                                    else r.confirm_within_ms end;
      all_of.confirmation := 'required';
    end if;
    if all_of.min_software_version is null or software_serves(r.min_software_version, all_of.min_software_version) then
      all_of.min_software_version := coalesce(r.min_software_version, all_of.min_software_version);
    end if;
  end loop;
  if by_default then all_of.pin_check := 'issuer'; end if;
  return all_of;
end $$;

-- How an amount would fall: credit first, oldest-expiring bucket first (wire.md 9.6); only eligible goods draw on it.
create function split_credit(e ledger_entry, c ledger_context, by_card boolean) returns ledger_split language plpgsql as $$
declare
  s ledger_split;
  basket record;
  want bigint := e.total_rials;
  take bigint;
begin
  s.rules := c.rules;
  if e.programme_id <> e.last_programme then
    s.rules := common_rules(e);
  elsif e.programme_id is not null and e.programme_id is distinct from (s.rules).programme_id then
    s.rules := rules_on(e.programme_id, e.today);
  end if;
  s.voucher_rials := 0;
  s.left_rials := 0;
  s.bucket_ids := '{}';
  s.take_rials := '{}';
  if (s.rules).min_software_version is not null and not software_serves(e.args ->> 'software', (s.rules).min_software_version) then
    s.rc := '58';
    s.reason := 'terminal.software';
    return s;
  end if;
  if e.args is not null and e.args ? 'basket' then
    basket := judge_basket(e);
    want := (select sum(x) from unnest(basket.allowed) x);
    s.quantities := basket.quantities;
  end if;
  if by_card and (s.rules).min_card_rials > 0 then
    want := least(want, greatest(0, e.total_rials - (s.rules).min_card_rials));
  end if;
  for i in 1 .. coalesce(cardinality(e.bucket_ids), 0) loop
    take := least(e.open_rials[i], want - s.voucher_rials);
    if take > 0 then
      s.bucket_ids := s.bucket_ids || e.bucket_ids[i];
      s.take_rials := s.take_rials || take;
      s.voucher_rials := s.voucher_rials + take;
    end if;
    s.left_rials := s.left_rials + e.open_rials[i] - take;
  end loop;
  if e.args is not null and e.args ? 'basket' then
    s.verdicts := line_verdicts(basket.allowed, basket.codes, s.voucher_rials);
    if s.voucher_rials = 0 then s.quantities := null; end if;
  end if;
  if s.voucher_rials > 0 and (s.rules).limited then
    s.rc := over_limit(e, s, c.day);
    if s.rc is not null then s.reason := case s.rc when '65' then 'limit.count' else 'limit.amount' end; end if;
  end if;
  return s;
end $$;

-- Tag 12: verdict n2 and the voucher's part n12 a line; the lines share it in their order.
create function line_verdicts(allowed bigint[], codes text[], voucher bigint) returns text language plpgsql immutable as $$
declare
  text_of text := '';
  open_rials bigint := voucher;
  part bigint;
begin
  for i in 1 .. coalesce(cardinality(allowed), 0) loop
    part := least(allowed[i], open_rials);
    open_rials := open_rials - part;
    text_of := text_of || codes[i] || lpad(part::text, 12, '0');
  end loop;
  return text_of;
end $$;

-- Moves credit in a household's buckets: held and spent change by the sign times the takes.
create function move_credit(household text, ids bigint[], rials bigint[], held int, spent int) returns void
language plpgsql as $$
begin
  update buckets b set held_rials = held_rials + held * t.rials, spent_rials = spent_rials + spent * t.rials,
         swept = swept and spent >= 0
    from unnest(ids, rials) as t (id, rials)
   where b.household_id = household and b.bucket_id = t.id;
end $$;

create function use_quantities(household text, q jsonb, sign int) returns void language sql as $$
  insert into entitlement_uses as u (household_id, programme_id, category, period, quantity)
  select household, q ->> 'programme', key, q ->> 'period', greatest(0, sign * value::bigint)
    from jsonb_each_text(q -> 'used')
  on conflict (household_id, programme_id, category, period)
  do update set quantity = greatest(0, u.quantity + sign * (q -> 'used' ->> u.category)::bigint)
$$;

-- The part of takes that is `amount` rials, from the last taken backwards, of what is not given back yet.
create function unwind(t transactions, amount bigint, out back_ids bigint[], out back_rials bigint[])
language plpgsql immutable as $$
declare
  wanted bigint := amount;
  part bigint;
begin
  back_ids := '{}';
  back_rials := '{}';
  for i in reverse coalesce(cardinality(t.bucket_ids), 0) .. 1 loop
    part := least(t.take_rials[i] - coalesce(t.given_rials[i], 0), wanted);
    continue when part <= 0;
    wanted := wanted - part;
    back_ids := back_ids || t.bucket_ids[i];
    back_rials := back_rials || part;
  end loop;
end $$;

-- What of the fee goes back with these rials of the card's part: it is the last to go.
create function fee_back(t transactions, card bigint) returns bigint language sql immutable as $$
  select greatest(0, t.given_card + card - (t.card_rials - t.fee_rials)) - greatest(0, t.given_card - (t.card_rials - t.fee_rials))
$$;

-- Counts what was given back of a purchase (sign 1), or taken again (-1).
create function give(t transactions, sign int, ids bigint[], rials bigint[], card bigint, cash bigint) returns void
language plpgsql as $$
begin
  update transactions
     set given_rials = array(
           select coalesce(g, 0) + sign * coalesce((select sum(r) from unnest(ids, rials) as u (id, r) where id = b), 0)
             from unnest(t.bucket_ids, t.given_rials) with ordinality as x (b, g, n) order by n),
         given_voucher = given_voucher + sign * coalesce((select sum(r) from unnest(rials) r), 0),
         given_card = given_card + sign * card, given_cash = given_cash + sign * cash
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
end $$;

-- How much of takes that come back may be spent again: not what goes to a bucket past its end.
create function spendable(household text, ids bigint[], rials bigint[], today date) returns bigint language sql stable as $$
  select coalesce(sum(u.r), 0)::bigint from unnest(ids, rials) as u (id, r)
    join buckets b on b.household_id = household and b.bucket_id = u.id and b.valid_from <= today and b.valid_to >= today
$$;
-- One function a kind of request. Each has its household locked and to itself in its batch (4_batch.sql), and answers with a verdict
-- that also says what is to be written.

-- Requests that end before they begin: seen already, reversed before, or not to be made here.
create function refuse(e ledger_entry, c ledger_context, row_kind text) returns ledger_verdict language plpgsql as $$
declare
  t transactions;
begin
  if e.refusal = 'known' then
    if e.known_hash <> e.content_hash then return one_word(e.ord, 'conflict'); end if;
    select * into t from transactions
     where household_id = e.known_household and transaction_id = e.known_id and business_day = e.known_day;
    return verdict_of(t, e.ord, case when t.state = 'held' then 'pending' when e.op in ('reverse', 'advise') then 'done' else 'repeat' end);
  end if;
  return decline(e, c, row_kind, split_part(e.refusal, ' ', 1), split_part(e.refusal, ' ', 2));
end $$;

-- A request of an older local date may have been seen on an older business day. DE 13 has no year: a week is far enough.
create function find_older(e ledger_entry, c ledger_context) returns ledger_entry language plpgsql as $$
begin
  select transaction_id, household_id, business_day, content_hash
    into e.known_id, e.known_household, e.known_day, e.known_hash from requests
   where merchant_id = e.merchant_id and terminal_id = e.terminal_id and stan = e.stan and local_time = e.local_time
     and local_date = e.local_date and family = family_of(e.op) and business_day between c.day - 8 and c.day - 2;
  if found then e.refusal := 'known'; end if;
  return e;
end $$;

-- Versions are compared number by number; one that is missing or no version is too old.
create function software_serves(version text, least_version text) returns boolean language plpgsql immutable as $$
begin
  if version is null or version !~ '^\d{1,6}(\.\d{1,6}){0,3}$' then return false; end if;
  return string_to_array(version, '.')::int[] >= string_to_array(least_version, '.')::int[];
end $$;

create function basket_adds_up(e ledger_entry) returns boolean language plpgsql stable as $$
begin
  return e.total_rials = (select sum((line ->> 3)::numeric) from jsonb_array_elements(e.args -> 'basket') line);
end $$;

-- A subsidised purchase (17 98 00 by_card, 17 98 98 else): split, then hold for the bank or capture at once.
create function decide_purchase(e ledger_entry, c ledger_context, by_card boolean) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  s ledger_split;
begin
  if e.household_id = '' and not by_card then return decline(e, c, 'purchase', '14', 'card.unknown'); end if;
  if e.args is not null then
    if e.args ? 'basket' and not basket_adds_up(e) then return decline(e, c, 'purchase', '40', 'basket.sum'); end if;
    if e.args ? 'quoteRef' then s := take_quote(e, c); end if;
  end if;
  if s is null then s := split_credit(e, c, by_card); end if;
  if s.rc is not null then return decline(e, c, 'purchase', s.rc, s.reason); end if;
  if s.voucher_rials = 0 and not by_card then return decline(e, c, 'purchase', '51', 'credit.none'); end if;

  v := new_verdict(e, c, 'purchase', 'held');
  v.voucher_rials := s.voucher_rials;
  v.left_rials := s.left_rials;
  if by_card then v.card_rials := e.total_rials - s.voucher_rials; else v.cash_rials := e.total_rials - s.voucher_rials; end if;
  if (s.rules).min_card_as = 'fee' and v.voucher_rials > 0 then v.fee_rials := least(v.card_rials, (s.rules).min_card_rials); end if;
  v.rc := case when v.cash_rials > 0 then '10' else '00' end;
  v.reason := 'approved';
  v.auth_code := right(v.rrn, 6);
  v.verdicts := s.verdicts;
  v.token := e.token;
  v.bucket_ids := s.bucket_ids;
  v.take_rials := s.take_rials;
  if (s.rules).confirmation = 'required' then v.confirm_by := e.at + (s.rules).confirm_within_ms; end if;
  if s.quantities is not null then
    v.quantities := s.quantities;
    perform use_quantities(e.household_id, s.quantities, 1);
  end if;
  if v.card_rials > 0 then
    v.kind := 'held';
    v.bank := 'card';
    v.held := 1;
    v.spent := 0;
  elsif coalesce((s.rules).pin_check, 'issuer') = 'issuer' or e.total_rials >= (s.rules).pin_check_from_rials then
    v.kind := 'held';
    v.bank := 'pin-check';
    v.held := 1;
    v.spent := 0;
  else
    v.kind := 'approved';
    v.state := 'approved';
    v.held := 0;
    v.spent := 1;
    v.post_kind := 'purchase';
    v.post_sign := 1;
    v.posted_to := e.merchant_id;
  end if;
  return v;
end $$;

-- The split that a reserved quote promised. Its hold ends, and the purchase takes the same buckets.
create function take_quote(e ledger_entry, c ledger_context) returns ledger_split language plpgsql as $$
declare
  s ledger_split;
  q quotes;
begin
  select * into q from quotes
   where household_id = e.household_id and quote_ref = e.args ->> 'quoteRef' and state = 'held' and expires_at > e.at;
  if not found or q.total_rials <> e.total_rials or q.merchant_id <> e.merchant_id then
    s.rc := '25';
    s.reason := 'quote.unknown';
    return s;
  end if;
  perform end_quote(q, 'taken');
  s.rules := rules_of_quote(q, e, c);
  s.voucher_rials := q.voucher_rials;
  s.bucket_ids := q.bucket_ids;
  s.take_rials := q.take_rials;
  s.verdicts := q.verdicts;
  s.quantities := q.quantities;
  s.left_rials := credit_left(e.household_id, e.today) - spendable(e.household_id, q.bucket_ids, q.take_rials, e.today);
  return s;
end $$;

-- The rules of the programmes whose credit a quote has reserved.
create function rules_of_quote(q quotes, e ledger_entry, c ledger_context) returns programme_rules language plpgsql stable as $$
begin
  select q.bucket_ids, min(programme_id), max(programme_id) into e.bucket_ids, e.programme_id, e.last_programme from buckets
   where household_id = q.household_id and bucket_id = any (q.bucket_ids);
  if e.programme_id is null or e.last_programme = (c.rules).programme_id and e.programme_id = e.last_programme then return c.rules; end if;
  return common_rules(e);
end $$;

create function end_quote(q quotes, becomes text) returns void language plpgsql as $$
begin
  update quotes set state = becomes where household_id = q.household_id and quote_ref = q.quote_ref;
  perform move_credit(q.household_id, q.bucket_ids, q.take_rials, -1, 0);
  if q.quantities is not null then perform use_quantities(q.household_id, q.quantities, -1); end if;
end $$;

-- An inquiry (total zero), a quote, or a quote that reserves for 120 s (37 98 00).
create function decide_quote(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  s ledger_split;
begin
  if e.household_id = '' then return decline(e, c, 'quote', '14', 'card.unknown'); end if;
  if e.args ? 'basket' and not basket_adds_up(e) then return decline(e, c, 'quote', '40', 'basket.sum'); end if;
  s := split_credit(e, c, (e.args ->> 'rest') = 'card');
  if s.rc is not null then return decline(e, c, 'quote', s.rc, s.reason); end if;
  v := new_verdict(e, c, 'quote', 'approved');
  v.kind := 'approved';
  v.rc := '00';
  v.reason := 'quoted';
  v.voucher_rials := s.voucher_rials;
  v.card_rials := e.total_rials - s.voucher_rials;
  v.left_rials := s.left_rials;
  v.verdicts := s.verdicts;
  if e.args ? 'reserve' then
    v.quote_ref := '1' || v.rrn;
    perform move_credit(e.household_id, s.bucket_ids, s.take_rials, 1, 0);
    if s.quantities is not null then perform use_quantities(e.household_id, s.quantities, 1); end if;
    insert into quotes values (e.household_id, v.quote_ref, v.transaction_id, 'held', e.at + 120000, e.total_rials,
      s.voucher_rials, s.verdicts, s.bucket_ids, s.take_rials, s.quantities, e.merchant_id);
  end if;
  return v;
end $$;

-- The release of a reserved quote (47 98 00); releasing one that has ended already is no fault.
create function decide_release(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  q quotes;
begin
  select * into q from quotes where household_id = e.household_id and quote_ref = e.args ->> 'quoteRef';
  if not found then return decline(e, c, 'release', '25', 'quote.unknown'); end if;
  if q.state = 'held' then perform end_quote(q, 'released'); end if;
  v := new_verdict(e, c, 'release', 'approved');
  v.kind := 'approved';
  v.rc := '00';
  v.reason := 'released';
  v.left_rials := credit_left(e.household_id, e.today);
  return v;
end $$;

-- The rations that go back with a transaction are those of its row: a return takes them over from its purchase.
create function keep_quantities(t transactions, q jsonb) returns void language sql as $$
  update transactions set quantities = q
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day
     and quantities is distinct from q
$$;

-- A return (27 98 00): voucher first, then card, then what was paid in cash, as far as not given back yet.
create function decide_return(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  o transactions;
begin
  -- for update: cards of no household share the name '', and have no lock; each returns only what it bought
  select * into o from transactions where household_id = e.household_id and rrn = e.args ->> 'rrn'
     and kind = 'purchase' and state = 'approved' and merchant_id = e.merchant_id
     and (household_id <> '' or masked = e.masked) for update;
  if not found then return decline(e, c, 'return', '25', 'original.unknown'); end if;
  if e.total_rials > o.voucher_rials + o.card_rials + o.cash_rials - o.given_voucher - o.given_card - o.given_cash then
    return decline(e, c, 'return', '61', 'return.too-much');
  end if;
  v := new_verdict(e, c, 'return', 'approved');
  v.voucher_rials := least(e.total_rials, o.voucher_rials - o.given_voucher);
  v.card_rials := least(e.total_rials - v.voucher_rials, o.card_rials - o.given_card);
  v.cash_rials := e.total_rials - v.voucher_rials - v.card_rials;
  v.fee_rials := fee_back(o, v.card_rials);
  v.rc := '00';
  v.reason := 'returned';
  v.auth_code := right(v.rrn, 6);
  v.token := e.token;
  select back_ids, back_rials into v.bucket_ids, v.take_rials
    from unwind(o, v.voucher_rials);
  v.left_rials := credit_left(e.household_id, e.today) + spendable(e.household_id, v.bucket_ids, v.take_rials, e.today);
  v.original_id := o.transaction_id;
  v.original_day := o.business_day;
  perform give(o, 1, v.bucket_ids, v.take_rials, v.card_rials, v.cash_rials);
  if e.total_rials = o.voucher_rials + o.card_rials + o.cash_rials - o.given_voucher - o.given_card - o.given_cash then
    v.quantities := o.quantities; -- the return of the last rial brings the rations back
    perform keep_quantities(o, null);
  end if;
  if v.card_rials > 0 then
    v.kind := 'held';
    v.state := 'held';
    v.bank := 'card';
  else
    if v.quantities is not null then perform use_quantities(e.household_id, v.quantities, -1); end if;
    v.kind := 'approved';
    v.held := 0;
    v.spent := -1;
    v.post_kind := 'return';
    v.post_sign := -1;
    v.posted_to := e.merchant_id;
  end if;
  return v;
end $$;

-- An ordinary transaction (00 00 00, 31 00 00): the bank decides, the ledger remembers.
create function decide_forward(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict := new_verdict(e, c, 'forward', 'held');
begin
  v.kind := 'held';
  v.bank := 'card';
  v.rc := '00';
  v.reason := 'forwarded';
  v.card_rials := e.total_rials;
  return v;
end $$;

-- Ends a held transaction by its bank leg: capture, or release (wire.md 9.2). A second call finds it done.
create function decide_complete(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  t transactions;
  o transactions;
  v ledger_verdict;
  ids bigint[];
  rials bigint[];
  leg text := e.args ->> 'leg';
  approved boolean;
begin
  -- for update: a card of no household has no lock of its own
  select * into t from transactions where household_id = e.household_id and transaction_id = (e.args ->> 'id')::bigint
     and business_day = (e.args ->> 'day')::date for update;
  if not found then raise exception 'no transaction % of household % on %', e.args ->> 'id', e.household_id, e.args ->> 'day'; end if;
  if t.state <> 'held' then return verdict_of(t, e.ord, 'done'); end if;
  approved := leg = 'approved' and t.reversal is null;
  if t.kind = 'return' then
    select * into o from transactions
     where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day;
    -- Its purchase was reversed meanwhile: all of it goes back, what the return's leg did not bring by an 0420.
    approved := approved or o.state = 'reversed';
  end if;
  if (leg = 'doubt' or (leg = 'approved' and not approved)) and t.card_rials > 0 then
    perform queue_reversal(t, t.card_rials, coalesce(t.reversal, '68'), e.at, t.leg_stan, t.leg_at);
  end if;
  if t.kind = 'return' and not approved then
    perform give(o, -1, t.bucket_ids, t.take_rials, t.card_rials, t.cash_rials);
  elsif t.kind = 'return' and leg <> 'approved' then
    perform queue_reversal(o, t.card_rials, '17', e.at, leg_stan_of(e.id), t.leg_at);
  end if;
  if t.quantities is not null then
    if approved = (t.kind = 'return') then
      perform use_quantities(t.household_id, t.quantities, -1);
    elsif t.kind = 'return' then
      perform keep_quantities(o, t.quantities);
    end if;
  end if;
  ids := t.bucket_ids;
  rials := t.take_rials;
  if approved then
    t.state := 'approved';
    t.rc := case when t.cash_rials > 0 and t.kind = 'purchase' then '10' else '00' end;
    t.auth_code := coalesce(nullif(trim(e.args ->> 'auth'), ''), t.auth_code, right(t.rrn, 6));
    t.confirm_by := t.confirm_by + e.at - t.at; -- the time to confirm begins with the answer
  else
    t.state := case when t.reversal is null then 'declined' else 'reversed' end;
    t.rc := case leg when 'approved' then '68' else e.args ->> 'rc' end;
    t.reason := case when t.reversal is null then 'bank.' || leg else 'reversed.meanwhile' end;
    t.auth_code := null;
    t.voucher_rials := 0;
    t.card_rials := 0;
    t.cash_rials := 0;
    t.fee_rials := 0;
    t.left_rials := 0;
    t.verdicts := null;
    t.token := null;
    t.bucket_ids := '{}';
    t.take_rials := '{}';
  end if;
  t.pass_through := e.args -> 'pass';
  update transactions set state = t.state, rc = t.rc, reason = t.reason, auth_code = t.auth_code, verdicts = t.verdicts,
      voucher_rials = t.voucher_rials, card_rials = t.card_rials, cash_rials = t.cash_rials, fee_rials = t.fee_rials,
      left_rials = t.left_rials, token = t.token, bucket_ids = t.bucket_ids, take_rials = t.take_rials, pass_through = t.pass_through,
      confirm_by = t.confirm_by
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  v := verdict_of(t, e.ord, 'done');
  v.bucket_ids := ids;
  v.take_rials := rials;
  if t.kind = 'purchase' then
    v.held := -1;
    v.spent := case when approved then 1 else 0 end;
  elsif t.kind = 'return' and approved then
    v.held := 0;
    v.spent := -1;
  end if;
  if approved and t.kind <> 'forward' then
    v.post_kind := t.kind;
    v.post_sign := case t.kind when 'return' then -1 else 1 end;
    v.posted_to := t.merchant_id;
  end if;
  return v;
end $$;

-- The request that DE 90 names; the youngest, should a terminal's STAN have come round. A repeat may have been sent with a DE 7
-- of its own (wire.md 9.1), and the terminal may name either: then it is the same STAN, amount and time.
create function request_of(merchant text, terminal text, args jsonb, total bigint) returns requests language plpgsql stable as $$
declare
  r requests;
begin
  select * into r from requests q
   where q.merchant_id = merchant and q.terminal_id = terminal and q.stan = args ->> 'stan'
     and q.family = '02' and q.transmission = args ->> 'transmission'
   order by q.transaction_id desc limit 1;
  if not found then
    select q.* into r from requests q join transactions t using (household_id, transaction_id, business_day)
     where q.merchant_id = merchant and q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02'
       and made_before(q.local_date, q.local_time, args ->> 'transmission') and t.total_rials = total
     order by q.transaction_id desc limit 1;
  end if;
  return r;
end $$;

-- The transaction of that request. For update: a card of no household has no lock of its own.
create function original_of(e ledger_entry) returns transactions language plpgsql as $$
declare
  r requests := request_of(e.merchant_id, e.terminal_id, e.args, e.total_rials);
  t transactions;
begin
  if r.transaction_id is not null then
    select * into t from transactions
     where household_id = r.household_id and transaction_id = r.transaction_id and business_day = r.business_day for update;
  end if;
  return t;
end $$;

-- A reversal: honoured whenever it comes, as often as it comes (wire.md 9.3). It gives back what is not given back yet; with
-- DE 95 only down to the corrected total, as if that had been the price from the first. One that moves nothing is kept too, so
-- that its repeat gets the same answer.
create function decide_reverse(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  t transactions := original_of(e);
  q quotes;
begin
  v := new_verdict(e, c, 'advice', 'approved');
  v.kind := 'done';
  v.rc := '00';
  v.reason := 'reversed';
  if t.transaction_id is null then
    insert into tombstones values (e.terminal_id, e.args ->> 'stan', e.args ->> 'transmission', v.rrn, e.at)
    on conflict do nothing;
    select rrn into v.rrn from tombstones
     where terminal_id = e.terminal_id and stan = e.args ->> 'stan' and transmission = e.args ->> 'transmission';
    v.household_id := '';
    v.reason := 'original.awaited';
    return v;
  end if;
  v.household_id := t.household_id;
  v.masked := t.masked;
  v.left_rials := credit_left(t.household_id, e.today);
  if t.state = 'held' then
    -- the bank is being asked: whoever completes it will find this
    if (e.args ->> 'corrected')::bigint > 0 and t.kind in ('purchase', 'forward') then
      v.reason := 'reversed.later';
      update transactions set corrected_rials = least(corrected_rials, (e.args ->> 'corrected')::bigint)
       where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
    else
      update transactions set reversal = coalesce(reversal, e.args ->> 'reason')
       where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
    end if;
  elsif t.state = 'approved' and t.kind = 'return' then
    v := take_return_back(e, c, t, v);
  elsif t.state = 'approved' and t.kind in ('purchase', 'forward') then
    v := take_back(e, c, t, v);
  elsif t.state = 'approved' and t.quote_ref is not null then
    select * into q from quotes where household_id = t.household_id and quote_ref = t.quote_ref and state = 'held';
    if found then
      perform end_quote(q, 'released');
      v.left_rials := credit_left(t.household_id, e.today);
    end if;
  end if;
  v.rrn := t.rrn;
  return v;
end $$;

-- Takes back an approved purchase, wholly or down to the corrected total; an ordinary one at the bank alone.
create function take_back(e ledger_entry, c ledger_context, t transactions, v ledger_verdict) returns ledger_verdict
language plpgsql as $$
declare
  -- an earlier correction that still waits (src/ledger/expire.ts) holds as well
  corrected bigint := least(coalesce((e.args ->> 'corrected')::bigint, 0), t.corrected_rials);
begin
  v.voucher_rials := greatest(0, t.voucher_rials - t.given_voucher - least(t.voucher_rials, corrected));
  v.card_rials := greatest(0, t.card_rials - t.given_card - least(t.card_rials, greatest(0, corrected - t.voucher_rials)));
  v.cash_rials := greatest(0, t.cash_rials - t.given_cash
                              - least(t.cash_rials, greatest(0, corrected - t.voucher_rials - t.card_rials)));
  v.total_rials := v.voucher_rials + v.card_rials + v.cash_rials;
  v.fee_rials := fee_back(t, v.card_rials);
  select back_ids, back_rials into v.bucket_ids, v.take_rials
    from unwind(t, v.voucher_rials);
  v.held := 0;
  v.spent := -1;
  v.left_rials := v.left_rials + spendable(t.household_id, v.bucket_ids, v.take_rials, e.today);
  if corrected = 0 and t.quantities is not null then perform use_quantities(t.household_id, t.quantities, -1); end if;
  if v.card_rials > 0 then perform queue_reversal(t, v.card_rials, e.args ->> 'reason', e.at, leg_stan_of(e.id), e.leg_at); end if;
  perform give(t, 1, v.bucket_ids, v.take_rials, v.card_rials, v.cash_rials);
  if corrected = 0 or t.corrected_rials is not null then
    update transactions set state = case corrected when 0 then 'reversed' else state end, corrected_rials = null
     where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  end if;
  if v.total_rials > 0 then
    v.row_kind := 'reversal';
    v.original_id := t.transaction_id;
    v.original_day := t.business_day;
    if t.kind = 'purchase' then
      v.post_kind := 'reversal';
      v.post_sign := -1;
      v.posted_to := t.merchant_id;
    end if;
  end if;
  return v;
end $$;

-- A return that is reversed takes the credit again. What was spent meanwhile cannot be taken twice: it stands in suspense.
create function take_return_back(e ledger_entry, c ledger_context, t transactions, v ledger_verdict) returns ledger_verdict
language plpgsql as $$
declare
  o transactions;
  open_rials bigint;
  again bigint;
  agains bigint[] := '{}';
begin
  v.row_kind := 'reversal';
  v.total_rials := t.total_rials;
  v.card_rials := t.card_rials;
  v.cash_rials := t.cash_rials;
  v.fee_rials := t.fee_rials;
  v.original_id := t.transaction_id;
  v.original_day := t.business_day;
  for i in 1 .. cardinality(t.bucket_ids) loop
    select amount_rials - spent_rials - held_rials - expired_rials into open_rials from buckets
     where household_id = t.household_id and bucket_id = t.bucket_ids[i];
    again := least(open_rials, t.take_rials[i]);
    agains := agains || again;
    v.voucher_rials := v.voucher_rials + again;
    perform move_credit(t.household_id, array[t.bucket_ids[i]], array[again], 0, 1);
    insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id,
                          household_voucher, merchant_payable, suspense)
    values (t.household_id, v.transaction_id, i, c.day, e.at, 'reversal', t.merchant_id, t.bucket_ids[i],
            -again, t.take_rials[i], again - t.take_rials[i]);
  end loop;
  if t.card_rials + t.cash_rials > 0 then
    insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, card_clearing,
                          merchant_card, fees, cash_note, merchant_cash)
    values (t.household_id, v.transaction_id, 1 + cardinality(t.bucket_ids), c.day, e.at, 'reversal', t.merchant_id,
            -t.card_rials, t.card_rials - t.fee_rials, t.fee_rials, -t.cash_rials, t.cash_rials);
  end if;
  if t.card_rials > 0 then perform queue_reversal(t, t.card_rials, e.args ->> 'reason', e.at, leg_stan_of(e.id), e.leg_at); end if;
  select * into o from transactions
   where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day;
  -- what could not be taken again stays given back
  perform give(o, -1, t.bucket_ids, agains, t.card_rials, t.cash_rials);
  if t.quantities is not null then
    perform use_quantities(t.household_id, t.quantities, 1);
    perform keep_quantities(o, t.quantities);
  end if;
  update transactions set state = 'reversed'
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  v.left_rials := credit_left(t.household_id, e.today);
  return v;
end $$;

-- A completion advice (0220): the goods were handed over.
create function decide_advise(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  t transactions := original_of(e);
begin
  v := new_verdict(e, c, 'advice', 'declined');
  v.kind := 'done';
  v.rc := '25';
  v.reason := 'original.unknown';
  v.household_id := '';
  if t.transaction_id is null then return v; end if;
  v.rrn := t.rrn;
  v.household_id := t.household_id;
  v.masked := t.masked;
  v.reason := 'original.' || t.state;
  if t.kind = 'purchase' and t.state in ('held', 'approved') then
    update transactions set confirmed_at = coalesce(confirmed_at, e.at)
     where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
    v.state := 'approved';
    v.rc := '00';
    v.reason := 'confirmed';
    v.left_rials := credit_left(t.household_id, e.today);
  end if;
  return v;
end $$;
-- The one way into the ledger: a micro-batch, decided in one transaction, each entry with its own verdict (design.md).
-- The names of the requests are locked in order, then their households in order: no two batches can wait for each
-- other in a circle, and what an entry reads nobody else changes until the commit. Advisory locks write nothing.
-- A household has one entry a batch (a second one's verdict is `again`), so that nothing an entry reads depends on what
-- another writes: the loop only computes, and what it decided is written by one statement a table.
create function decide_batch(
  ops text[], terminals text[], stans text[], times text[], dates text[], transmissions text[], merchants text[],
  hashes bytea[], pans bytea[], masks text[], instants bigint[], todays date[], totals bigint[], tokens text[],
  leg_stans text[], leg_ats text[], argss jsonb[])
returns setof ledger_verdict language plpgsql
set search_path from current
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  e ledger_entry;
  c ledger_context;
  v ledger_verdict;
  decided ledger_verdict[] := '{}';
  holders text[];
  twice boolean[];
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- closing a business day waits for this
  perform pg_advisory_xact_lock(1, n.lock)
     from (select distinct hashtext(u.terminal || '|' || coalesce(u.args ->> 'stan', u.stan)) as lock
             from unnest(ops, terminals, stans, argss) as u (op, terminal, stan, args)
            where u.op <> 'complete' order by 1) n;

  select array_agg(coalesce(card.household_id, case
                     when u.op = 'complete' then u.args ->> 'household'
                     when u.op in ('reverse', 'advise') then (request_of(u.merchant, u.terminal, u.args, u.total)).household_id
                   end, '') order by u.ord) into holders
    from unnest(ops, merchants, terminals, pans, argss, totals) with ordinality as u (op, merchant, terminal, pan, args, total, ord)
    left join cards card on card.pan_hash = u.pan;

  perform pg_advisory_xact_lock(2, n.lock)
     from (select distinct hashtext(h) as lock from unnest(holders) as h where h <> '' order by 1) n;

  select array_agg(h <> '' and n > 1 order by ord) into twice
    from (select h, ord, row_number() over (partition by h order by ord) as n from unnest(holders) with ordinality as u (h, ord)) x;

  c := context_of(instants[cardinality(instants)], todays[cardinality(todays)]);

  for e in
    select u.ord, u.op, u.terminal_id, u.stan, u.local_time, u.local_date, u.merchant_id, u.content_hash, u.masked, u.at, u.today, u.total_rials, u.token,
           u.leg_stan, u.leg_at, u.args, nextval('transaction_ids'),
           u.household_id, h.status, h.members, m.guild,
           case
             when u.twice then 'again'
             when u.op = 'complete' then null
             when known.transaction_id is not null then 'known'
             when u.op in ('reverse', 'advise') then null
             when exists (select 1 from tombstones k where k.terminal_id = u.terminal_id and k.stan = u.stan
                             and (k.transmission = u.transmission or made_before(u.local_date, u.local_time, k.transmission)))
               then '12 reversed.before'
             when term.merchant_id is distinct from u.merchant_id then '03 merchant.mismatch'
             when m.status <> 'approved' then '03 merchant.' || m.status
             when term.status <> 'active' then '58 terminal.' || term.status
             -- what gives credit back, and what is the bank's alone, is not kept from a household that may not spend
             when h.status <> 'active' and u.op in ('purchase-card', 'purchase-cash', 'quote') then '57 household.' || h.status
           end,
           known.transaction_id, known.household_id, known.business_day, known.content_hash,
           credit.bucket_ids, credit.open_rials, credit.programme_id, credit.last_programme
      from unnest(ops, terminals, stans, times, dates, transmissions, merchants, hashes, masks, instants, todays, totals,
                  tokens, leg_stans, leg_ats, argss, holders, twice) with ordinality
           as u (op, terminal_id, stan, local_time, local_date, transmission, merchant_id, content_hash, masked, at, today,
                 total_rials, token, leg_stan, leg_at, args, household_id, twice, ord)
      left join households h on h.household_id = u.household_id
      left join terminals term on term.terminal_id = u.terminal_id
      left join merchants m on m.merchant_id = term.merchant_id
      left join lateral (
        -- nearly every name is of these two days; find_older looks further
        select r.transaction_id, r.household_id, r.business_day, r.content_hash from requests r
         where u.op <> 'complete' and r.merchant_id = u.merchant_id and r.terminal_id = u.terminal_id and r.stan = u.stan
           and r.local_time = u.local_time and r.local_date = u.local_date
           and r.family = family_of(u.op) and r.business_day between c.day - 1 and c.day
         limit 1) known on true
      left join lateral (
        select array_agg(b.bucket_id) as bucket_ids, array_agg(b.open_rials) as open_rials,
               min(b.programme_id) as programme_id, max(b.programme_id) as last_programme
          from (select bucket_id, programme_id, amount_rials - spent_rials - held_rials - expired_rials as open_rials
                  from buckets
                 where u.op in ('purchase-card', 'purchase-cash', 'quote') and household_id = u.household_id
                   and valid_from <= u.today and valid_to >= u.today
                   and amount_rials > spent_rials + held_rials + expired_rials
                 order by valid_to, programme_id, period) b) credit on true
     order by u.ord
  loop
    if e.local_date <> all (c.near) and e.known_id is null and e.op <> 'complete' and e.refusal is distinct from 'again' then
      e := find_older(e, c);
    end if;
    if e.refusal is null then
      v := case e.op
        when 'purchase-card' then decide_purchase(e, c, true)
        when 'purchase-cash' then decide_purchase(e, c, false)
        when 'complete' then decide_complete(e, c)
        when 'quote' then decide_quote(e, c)
        when 'reverse' then decide_reverse(e, c)
        when 'release' then decide_release(e, c)
        when 'return' then decide_return(e, c)
        when 'forward' then decide_forward(e, c)
        when 'advise' then decide_advise(e, c)
      end;
    elsif e.refusal = 'again' then
      v := one_word(e.ord, 'again');
    else
      v := refuse(e, c, case e.op when 'purchase-card' then 'purchase' when 'purchase-cash' then 'purchase' else e.op end);
    end if;
    decided := decided || v;
  end loop;

  insert into requests
  select merchant_id, terminal_id, stan, local_time, local_date, family_of(op),
         business_day, transmission, content_hash, household_id, transaction_id
    from rows from (unnest(ops), unnest(merchants), unnest(terminals), unnest(stans), unnest(times), unnest(dates),
                    unnest(transmissions), unnest(hashes), unnest(decided))
         as u (op, merchant_id, terminal_id, stan, local_time, local_date, transmission, content_hash)
   where row_kind is not null;

  insert into transactions (
    household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date, merchant_id, masked, at,
    rc, reason, rrn, auth_code, total_rials, voucher_rials, card_rials, cash_rials, fee_rials, left_rials, verdicts, quote_ref,
    token, fault, pass_through, bucket_ids, take_rials, quantities, bank, leg_stan, leg_at, original_id, original_day, confirm_by)
  select household_id, transaction_id, business_day, row_kind, state, terminal_id, stan, local_time, local_date, merchant_id, masked, at,
         case state when 'held' then null else rc end, reason, rrn, auth_code, total_rials, voucher_rials, card_rials, cash_rials, fee_rials,
         left_rials, u.verdicts, quote_ref, token, fault, pass_through, coalesce(bucket_ids, '{}'), coalesce(take_rials, '{}'),
         quantities, bank, case when leg_stan is not null then leg_stan_of(transaction_id) end, leg_at, original_id, original_day, confirm_by
    from rows from (unnest(merchants), unnest(terminals), unnest(stans), unnest(times), unnest(dates), unnest(instants),
                    unnest(leg_stans), unnest(leg_ats), unnest(decided))
         as u (merchant_id, terminal_id, stan, local_time, local_date, at, leg_stan, leg_at)
   where row_kind is not null;

  update buckets b set held_rials = held_rials + d.held * t.rials, spent_rials = spent_rials + d.spent * t.rials,
         swept = swept and d.spent >= 0
    from unnest(decided) d cross join lateral unnest(d.bucket_ids, d.take_rials) as t (id, rials)
   where d.held is not null and b.household_id = d.household_id and b.bucket_id = t.id;

  insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id, household_voucher,
                        merchant_payable, card_clearing, merchant_card, fees, cash_note, merchant_cash)
  select u.household_id, transaction_id, coalesce(t.n, 1), c.day, at, post_kind,
         posted_to, t.id,
         -post_sign * coalesce(t.rials, 0), post_sign * coalesce(t.rials, 0),
         case when coalesce(t.n, 1) = 1 then -post_sign * card_rials else 0 end,
         case when coalesce(t.n, 1) = 1 then post_sign * (card_rials - fee_rials) else 0 end,
         case when coalesce(t.n, 1) = 1 then post_sign * fee_rials else 0 end,
         case when coalesce(t.n, 1) = 1 then -post_sign * cash_rials else 0 end,
         case when coalesce(t.n, 1) = 1 then post_sign * cash_rials else 0 end
    from rows from (unnest(instants), unnest(decided)) as u (at)
    left join lateral unnest(u.bucket_ids, u.take_rials) with ordinality as t (id, rials, n) on true
   where post_kind is not null and (t.id is not null or card_rials + cash_rials > 0);

  return query select * from unnest(decided);
end $$;
-- What ends by time. Each locks the household as a batch does (4_batch.sql), one at a time and without waiting: what is busy now
-- comes with the next run.
create function lock_household(household text) returns boolean language sql as $$
  select household = '' or pg_try_advisory_xact_lock(2, hashtext(household))
$$;

create function expire_quotes(instant bigint, most int) returns int language plpgsql
set search_path from current as $$
declare
  q quotes;
  ended int := 0;
begin
  for q in select * from quotes where state = 'held' and expires_at <= instant order by household_id limit most loop
    continue when not lock_household(q.household_id);
    select * into q from quotes where household_id = q.household_id and quote_ref = q.quote_ref and state = 'held';
    continue when not found;
    perform end_quote(q, 'released');
    ended := ended + 1;
  end loop;
  return ended;
end $$;

-- Credit past its last day goes back to its programme, or on into the household's next bucket where the programme carries over.
-- A page at a time: what waits (for its household, or for the next allocation) must not stand in the way of the rest. `seen` of a
-- page that was not full is less than `most`; the next begins after its last.
create function expire_credit(instant bigint, today date, most int, after_to date, after_household text, after_bucket bigint,
  out seen int, out last_to date, out last_household text, out last_bucket bigint) language plpgsql
set search_path from current as $$
declare
  b buckets;
  next_bucket bigint;
  day date;
  id bigint;
  open_rials bigint;
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- the business day must not close under it
  seen := 0;
  for b in select * from buckets
            where valid_to < today and not swept and (valid_to, household_id, bucket_id) > (after_to, after_household, after_bucket)
            order by valid_to, household_id, bucket_id limit most loop
    seen := seen + 1;
    last_to := b.valid_to;
    last_household := b.household_id;
    last_bucket := b.bucket_id;
    continue when not lock_household(b.household_id);
    select * into b from buckets where household_id = b.household_id and bucket_id = b.bucket_id;
    open_rials := b.amount_rials - b.spent_rials - b.held_rials - b.expired_rials;
    if open_rials = 0 then
      update buckets set swept = (held_rials = 0) where household_id = b.household_id and bucket_id = b.bucket_id;
      continue;
    end if;
    day := coalesce(day, open_business_day(today));
    id := nextval('transaction_ids');
    next_bucket := null;
    if (rules_on(b.programme_id, today)).carry_over then
      select bucket_id into next_bucket from buckets where household_id = b.household_id and programme_id = b.programme_id
         and valid_to >= today order by valid_from limit 1;
      continue when next_bucket is null; -- it waits for the next period's allocation
    end if;
    update buckets set expired_rials = expired_rials + open_rials, swept = (held_rials = 0)
     where household_id = b.household_id and bucket_id = b.bucket_id;
    insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
    values (b.household_id, id, 1, day, instant, case when next_bucket is null then 'expiry' else 'carry-over' end, b.bucket_id,
            -open_rials, open_rials);
    if next_bucket is not null then
      update buckets set amount_rials = amount_rials + open_rials, carried_rials = carried_rials + open_rials, swept = false
       where household_id = b.household_id and bucket_id = next_bucket;
      insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
      values (b.household_id, id, 2, day, instant, 'carry-over', next_bucket, open_rials, -open_rials);
    end if;
  end loop;
end $$;
