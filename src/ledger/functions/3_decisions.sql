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

-- A request of another local date than these days': it is kept under the business day of its date or a neighbour, if not among the
-- strays. What is named by no date (src/ledger/expire.ts) is of the last days.
create function find_older(e ledger_entry, c ledger_context) returns ledger_entry language plpgsql as $$
declare
  of_day date := local_day_of(e.local_date, e.today);
begin
  select transaction_id, household_id, business_day, content_hash
    into e.known_id, e.known_household, e.known_day, e.known_hash from requests
   where merchant_id = e.merchant_id and terminal_id = e.terminal_id and stan = e.stan and local_time = e.local_time
     and local_date = e.local_date and family = family_of(e.op)
     and business_day between coalesce(of_day - 1, c.day - 8) and least(coalesce(of_day + 1, c.day), c.day);
  if not found and of_day is not null then
    select transaction_id, household_id, business_day, content_hash
      into e.known_id, e.known_household, e.known_day, e.known_hash from stray_requests s
     where s.terminal_id = e.terminal_id and s.stan = e.stan and s.local_time = e.local_time and s.local_day = of_day
       and s.family = family_of(e.op) and s.merchant_id = e.merchant_id;
  end if;
  if found then
    e.refusal := 'known';
  elsif e.refusal is null and coalesce(abs(of_day - e.today) > 28, true) and e.op not in ('reverse', 'advise') then
    e.refusal := '30 date.far'; -- reversals before their originals are remembered for 30 days: no original may come later
  end if;
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
  if s is null then
    s := split_credit(e, c, by_card);
    -- a reservation needs no PIN: it yields to a purchase (decision 0033)
    if (s.rc in ('61', '65') or (s.rc is null and s.voucher_rials < e.total_rials)) and has_reservation(e) then
      e := yield_reservations(e);
      s := split_credit(e, c, by_card);
    end if;
  end if;
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

-- What another terminal has reserved of the household's credit.
create function has_reservation(e ledger_entry) returns boolean language sql stable as $$
  select exists (select from quotes
                  where household_id = e.household_id and state = 'held' and terminal_id is distinct from e.terminal_id)
$$;

-- Six in ten minutes, whoever asked: enough for a customer who changes the basket, too few to keep credit away from a household.
create function reserved_often(e ledger_entry) returns boolean language sql stable as $$
  select count(*) >= 6 from quotes where household_id = e.household_id and expires_at > e.at + 120000 - 600000
$$;

-- Ends what other terminals have reserved of the household's credit, and reads again what can be spent.
create function yield_reservations(e ledger_entry) returns ledger_entry language plpgsql as $$
begin
  perform end_quote(q, 'released') from quotes q
    where household_id = e.household_id and state = 'held' and terminal_id is distinct from e.terminal_id;
  select array_agg(b.bucket_id), array_agg(b.open_rials), min(b.programme_id), max(b.programme_id)
    into e.bucket_ids, e.open_rials, e.programme_id, e.last_programme
    from (select bucket_id, programme_id, amount_rials - spent_rials - held_rials - expired_rials as open_rials
            from buckets
           where household_id = e.household_id and valid_from <= e.today and valid_to >= e.today
             and amount_rials > spent_rials + held_rials + expired_rials
           order by valid_to, programme_id, period) b;
  return e;
end $$;

-- An inquiry (total zero), a quote, or a quote that reserves for 120 s (37 98 00).
create function decide_quote(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  s ledger_split;
begin
  if e.household_id = '' then return decline(e, c, 'quote', '14', 'card.unknown'); end if;
  if e.args ? 'basket' and not basket_adds_up(e) then return decline(e, c, 'quote', '40', 'basket.sum'); end if;
  if e.args ? 'reserve' then
    if reserved_often(e) then return decline(e, c, 'quote', '65', 'quote.too-many'); end if;
    if has_reservation(e) then e := yield_reservations(e); end if; -- the youngest terminal has it
  end if;
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
      s.voucher_rials, s.verdicts, s.bucket_ids, s.take_rials, s.quantities, e.merchant_id, e.terminal_id);
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
    -- for update: its purchase may be reversed in this instant, and the two must not both leave the card part to the other
    select * into o from transactions
     where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day for update;
    -- Its purchase was reversed meanwhile: all of it goes back, what the return's leg did not bring by an 0420.
    approved := approved or o.state = 'reversed';
  end if;
  if (leg = 'doubt' or (leg = 'approved' and not approved)) and t.card_rials > 0 then
    perform queue_reversal(t, t.card_rials, coalesce(t.reversal, '68'), e.at, t.leg_stan, t.leg_at);
  end if;
  if t.kind = 'return' then
    if approved and leg <> 'approved' then
      perform queue_reversal(o, t.card_rials, '17', e.at, leg_stan_of(e.id), t.leg_at);
    end if;
    t := end_return(t, o, approved, e.at);
  elsif t.quantities is not null and not approved then
    perform use_quantities(t.household_id, t.quantities, -1);
  end if;
  ids := t.bucket_ids;
  rials := t.take_rials;
  if approved then
    t.state := 'approved';
    t.rc := case when t.cash_rials > 0 and t.kind = 'purchase' then '10' else '00' end;
    t.auth_code := rpad(coalesce(nullif(trim(e.args ->> 'auth'), ''), t.auth_code, right(t.rrn, 6)), 6);
    t.confirm_by := t.confirm_by + e.at - t.at; -- the time to confirm begins with the answer
  else
    t.state := case when t.reversal is null then 'declined' else 'reversed' end;
    t.rc := case leg when 'approved' then '68' else e.args ->> 'rc' end;
    t.reason := case when t.reversal is null then concat_ws('.', 'bank', leg, e.args ->> 'bank') else 'reversed.meanwhile' end;
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
      confirm_by = t.confirm_by, short_rials = t.short_rials
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

-- The request that a reversal or advice names (wire.md 9.3), in whichever of its shops the terminal made it: by DE 90, STAN and DE 7; else
-- by the RRN of its answer (DE 37); else by STAN and amount with its DE 12 and 13, or, where a repeat was sent with a DE 7 of its own
-- and the terminal names either, made a quarter of an hour before that at most. Where DE 7 is no moment at all, STAN and amount name
-- what the terminal did once these two days. A STAN that has come round: the youngest.
create function request_of(merchant text, terminal text, args jsonb, total bigint, today date) returns requests
language plpgsql stable as $$
declare
  r requests;
  sent text := args ->> 'transmission';
  times int;
begin
  select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
   where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and q.transmission = sent
   order by q.transaction_id desc limit 1;
  if found then return r; end if;
  if args ? 'rrn' then
    select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
      join transactions t using (household_id, transaction_id, business_day)
     where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.rrn = args ->> 'rrn'
     order by q.transaction_id desc limit 1;
    if found then return r; end if;
    select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
      join transactions t using (household_id, transaction_id, business_day)
     where q.terminal_id = terminal and q.family = '02' and t.rrn = args ->> 'rrn' and t.total_rials = total and q.business_day >= today - 8
     order by q.transaction_id desc limit 1;
    if found then return r; end if;
  end if;
  select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
    join transactions t using (household_id, transaction_id, business_day)
   where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.total_rials = total
     and (q.local_time = args ->> 'time' and q.local_date = args ->> 'date' or made_before(q.local_date, q.local_time, sent))
   order by q.local_time = args ->> 'time' and q.local_date = args ->> 'date' desc nulls last, q.transaction_id desc limit 1;
  if found or second_of_year(sent) is not null then return r; end if;
  select count(*) into times from shops_of(terminal, merchant) m join requests q using (merchant_id)
    join transactions t using (household_id, transaction_id, business_day)
   where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.total_rials = total and q.business_day >= today - 1;
  if times = 1 then
    select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
      join transactions t using (household_id, transaction_id, business_day)
     where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.total_rials = total and q.business_day >= today - 1;
  end if;
  return r;
end $$;

-- The shops that a terminal belongs to or has belonged to, and the one that it says.
create function shops_of(terminal text, merchant text) returns table (merchant_id text) language sql stable as $$
  select s.merchant_id from terminal_shops s where s.terminal_id = terminal
  union select merchant
$$;

-- The transaction of that request. For update: a card of no household has no lock of its own.
create function original_of(e ledger_entry) returns transactions language plpgsql as $$
declare
  r requests := request_of(e.merchant_id, e.terminal_id, e.args, e.total_rials, e.today);
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
    insert into tombstones values (e.terminal_id, e.args ->> 'stan', e.args ->> 'transmission', v.rrn, e.at, e.args ->> 'time', e.args ->> 'date')
    on conflict do nothing;
    select rrn into v.rrn from tombstones
     where terminal_id = e.terminal_id and stan = e.args ->> 'stan' and transmission = e.args ->> 'transmission';
    v.household_id := '';
    v.reason := 'original.awaited';
    return v;
  end if;
  if t.household_id <> e.household_id then return one_word(e.ord, 'again'); end if; -- it came since the households were locked
  v.household_id := t.household_id;
  v.masked := t.masked;
  if e.args ? 'unconfirmed' and t.confirmed_at is not null then
    v.row_kind := null; -- its 0220 was answered since the sweeper looked: nothing is reversed, and nothing kept
    v.reason := 'confirmed.meanwhile';
    return v;
  end if;
  v.left_rials := credit_left(t.household_id, e.today);
  if t.state = 'held' then
    -- the bank is being asked: whoever completes it will find this
    if (e.args ->> 'corrected')::bigint > 0 and t.kind in ('purchase', 'forward', 'return') then
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
