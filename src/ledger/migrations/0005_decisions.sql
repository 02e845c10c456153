-- One function a kind of request. Each has its household locked (0006), and answers with a verdict.

-- What ends a request before it begins: it was seen already, its reversal came first, or it may not be made.
create function refuse_early(e ledger_entry, c ledger_context, kind text) returns ledger_verdict language plpgsql as $$
declare
  t transactions;
begin
  if e.known_id is not null then
    if e.known_hash <> e.content_hash then
      return row (e.ord, 'conflict', null, null, null, null, null, null, null, null, 0, 0, 0, 0, null, null, null, null, null)::ledger_verdict;
    end if;
    select * into t from transactions
     where household_id = e.known_household and transaction_id = e.known_id and business_day = e.known_day;
    return verdict_of(t, e.ord, case t.state when 'held' then 'pending' else 'repeat' end);
  end if;
  if e.reversed_before then return decline(e, c, kind, '12', 'reversed.before'); end if;
  if e.owner is null or e.owner <> e.merchant_id then return decline(e, c, kind, '03', 'merchant.mismatch'); end if;
  if e.merchant_status <> 'approved' then return decline(e, c, kind, '03', 'merchant.' || e.merchant_status); end if;
  if e.terminal_status <> 'active' then return decline(e, c, kind, '58', 'terminal.' || e.terminal_status); end if;
  if (c.rules).min_software_version is not null and not software_serves(e.args ->> 'software', (c.rules).min_software_version) then
    return decline(e, c, kind, '58', 'terminal.software');
  end if;
  if e.household_status <> 'active' then
    return decline(e, c, kind, '57', 'household.' || e.household_status);
  end if;
  return null;
end $$;

-- Versions are compared number by number; one that is missing or no version is too old.
create function software_serves(version text, least_version text) returns boolean language plpgsql immutable as $$
begin
  if version is null or version !~ '^\d{1,6}(\.\d{1,6}){0,3}$' then return false; end if;
  return string_to_array(version, '.')::int[] >= string_to_array(least_version, '.')::int[];
end $$;

-- A subsidised purchase (17 98 00 by_card, 17 98 98 else): split, then hold for the bank or capture at once.
create function decide_purchase(e ledger_entry, c ledger_context, by_card boolean) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict := refuse_early(e, c, 'purchase');
  s ledger_split;
  x ledger_extra;
begin
  if v.kind is not null then return v; end if;
  if e.household_id = '' and not by_card then return decline(e, c, 'purchase', '14', 'card.unknown'); end if;
  if e.args ? 'basket' and e.total_rials <> (select sum((l ->> 3)::bigint) from jsonb_array_elements(e.args -> 'basket') l) then
    return decline(e, c, 'purchase', '40', 'basket.sum');
  end if;
  if e.args ? 'quoteRef' then
    s := take_quote(e, c);
  else
    s := split_credit(e, c, by_card);
  end if;
  if s.rc is not null then return decline(e, c, 'purchase', s.rc, s.reason); end if;
  if s.voucher_rials = 0 and not by_card then return decline(e, c, 'purchase', '51', 'credit.none'); end if;

  v := new_verdict(e, c);
  v.voucher_rials := s.voucher_rials;
  v.left_rials := s.left_rials;
  if by_card then v.card_rials := e.total_rials - s.voucher_rials; else v.cash_rials := e.total_rials - s.voucher_rials; end if;
  v.rc := case when v.cash_rials > 0 then '10' else '00' end;
  v.reason := 'approved';
  v.auth_code := right(v.rrn, 6);
  v.verdicts := s.verdicts;
  v.token := e.token;
  x.bucket_ids := s.bucket_ids;
  x.take_rials := s.take_rials;
  x.quantities := s.quantities;
  if (s.rules).confirmation = 'required' then x.confirm_by := e.at + (s.rules).confirm_within_ms; end if;
  if s.quantities is not null then perform use_quantities(e.household_id, s.quantities, 1); end if;
  if v.card_rials > 0 then
    v.bank := 'card';
  elsif coalesce((s.rules).pin_check, 'issuer') = 'issuer' then
    v.bank := 'pin-check';
  end if;
  if v.bank is not null then
    perform move_credit(e.household_id, s.bucket_ids, s.take_rials, 1, 0);
    perform record(e, v, 'purchase', 'held', x);
    v.kind := 'held';
  else
    perform move_credit(e.household_id, s.bucket_ids, s.take_rials, 0, 1);
    perform record(e, v, 'purchase', 'approved', x);
    perform post(e.household_id, v.transaction_id, c.day, e.at, 'purchase', e.merchant_id, s.bucket_ids, s.take_rials, 0,
                 v.cash_rials, 1);
    v.kind := 'approved';
  end if;
  return v;
end $$;

-- The split that a reserved quote promised; its hold becomes the purchase's.
create function take_quote(e ledger_entry, c ledger_context) returns ledger_split language plpgsql as $$
declare
  s ledger_split;
  q quotes;
begin
  select * into q from quotes
   where household_id = e.household_id and quote_ref = e.args ->> 'quoteRef' and state = 'held' and expires_at > e.at;
  if not found or q.total_rials <> e.total_rials then
    s.rc := '25';
    s.reason := 'quote.unknown';
    return s;
  end if;
  perform end_quote(q, 'taken');
  s.rules := c.rules;
  s.voucher_rials := q.voucher_rials;
  s.bucket_ids := q.bucket_ids;
  s.take_rials := q.take_rials;
  s.verdicts := q.verdicts;
  s.quantities := q.quantities;
  s.left_rials := credit_left(e.household_id, e.today) - q.voucher_rials;
  return s;
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
  v ledger_verdict := refuse_early(e, c, 'quote');
  s ledger_split;
begin
  if v.kind is not null then return v; end if;
  if e.household_id = '' then return decline(e, c, 'quote', '14', 'card.unknown'); end if;
  if e.args ? 'basket' and e.total_rials <> (select sum((l ->> 3)::bigint) from jsonb_array_elements(e.args -> 'basket') l) then
    return decline(e, c, 'quote', '40', 'basket.sum');
  end if;
  s := split_credit(e, c, (e.args ->> 'rest') = 'card');
  if s.rc is not null then return decline(e, c, 'quote', s.rc, s.reason); end if;
  v := new_verdict(e, c);
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
      s.voucher_rials, s.verdicts, coalesce(s.bucket_ids, '{}'), coalesce(s.take_rials, '{}'), s.quantities);
  end if;
  perform record(e, v, 'quote', 'approved', null);
  return v;
end $$;

-- The release of a reserved quote (47 98 00); releasing one that has ended already is no fault.
create function decide_release(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict := refuse_early(e, c, 'release');
  q quotes;
begin
  if v.kind is not null then return v; end if;
  select * into q from quotes where household_id = e.household_id and quote_ref = e.args ->> 'quoteRef';
  if not found then return decline(e, c, 'release', '25', 'quote.unknown'); end if;
  if q.state = 'held' then perform end_quote(q, 'released'); end if;
  v := new_verdict(e, c);
  v.kind := 'approved';
  v.rc := '00';
  v.reason := 'released';
  v.left_rials := credit_left(e.household_id, e.today);
  perform record(e, v, 'release', 'approved', null);
  return v;
end $$;

-- A return (27 98 00): voucher first, then card, then what was paid in cash, as far as not given back yet.
create function decide_return(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict := refuse_early(e, c, 'return');
  o transactions;
  back record;
  x ledger_extra;
begin
  if v.kind is not null then return v; end if;
  select * into o from transactions where household_id = e.household_id and rrn = e.args ->> 'rrn'
     and kind = 'purchase' and state = 'approved' and merchant_id = e.merchant_id for update;
  if not found then return decline(e, c, 'return', '25', 'original.unknown'); end if;
  if e.total_rials > o.voucher_rials + o.card_rials + o.cash_rials - o.given_voucher - o.given_card - o.given_cash then
    return decline(e, c, 'return', '61', 'return.too-much');
  end if;
  v := new_verdict(e, c);
  v.voucher_rials := least(e.total_rials, o.voucher_rials - o.given_voucher);
  v.card_rials := least(e.total_rials - v.voucher_rials, o.card_rials - o.given_card);
  v.cash_rials := e.total_rials - v.voucher_rials - v.card_rials;
  v.left_rials := credit_left(e.household_id, e.today) + v.voucher_rials;
  v.rc := '00';
  v.reason := 'returned';
  v.auth_code := right(v.rrn, 6);
  v.token := e.token;
  back := unwind(o.bucket_ids, o.take_rials, o.given_voucher, v.voucher_rials);
  x.bucket_ids := back.back_ids;
  x.take_rials := back.back_rials;
  x.original_id := o.transaction_id;
  x.original_day := o.business_day;
  perform give(o, v.voucher_rials, v.card_rials, v.cash_rials);
  if v.card_rials > 0 then
    v.bank := 'card';
    v.kind := 'held';
    perform record(e, v, 'return', 'held', x);
  else
    v.kind := 'approved';
    perform record(e, v, 'return', 'approved', x);
    perform move_credit(e.household_id, x.bucket_ids, x.take_rials, 0, -1);
    perform post(e.household_id, v.transaction_id, c.day, e.at, 'return', e.merchant_id, x.bucket_ids, x.take_rials, 0,
                 v.cash_rials, -1);
  end if;
  return v;
end $$;

-- Counts what was given back of a purchase (or, negative, taken again).
create function give(o transactions, voucher bigint, card bigint, cash bigint) returns void language sql as $$
  update transactions set given_voucher = given_voucher + voucher, given_card = given_card + card, given_cash = given_cash + cash
   where household_id = o.household_id and transaction_id = o.transaction_id and business_day = o.business_day
$$;

-- An ordinary transaction (00 00 00, 31 00 00): the bank decides, the ledger remembers.
create function decide_forward(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict := refuse_early(e, c, 'forward');
begin
  if v.kind is not null then return v; end if;
  v := new_verdict(e, c);
  v.kind := 'held';
  v.bank := 'card';
  v.rc := '00';
  v.reason := 'forwarded';
  v.card_rials := e.total_rials;
  perform record(e, v, 'forward', 'held', null);
  return v;
end $$;

-- Ends a held transaction by its bank leg: capture, or release (wire.md 9.2). A second call finds it done.
create function decide_complete(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  t transactions;
  o transactions;
  leg text := e.args ->> 'leg';
  approved boolean;
begin
  select * into t from transactions where household_id = e.household_id and transaction_id = (e.args ->> 'id')::bigint
     and business_day = (e.args ->> 'day')::date for update;
  if not found then raise exception 'no transaction % of household % on %', e.args ->> 'id', e.household_id, e.args ->> 'day'; end if;
  if t.state <> 'held' then return verdict_of(t, e.ord, 'done'); end if;
  approved := leg = 'approved' and t.reversal is null;
  if t.kind = 'purchase' then
    perform move_credit(t.household_id, t.bucket_ids, t.take_rials, -1, case when approved then 1 else 0 end);
    if not approved and t.quantities is not null then perform use_quantities(t.household_id, t.quantities, -1); end if;
  elsif t.kind = 'return' then
    select * into o from transactions
     where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day;
    if approved then
      perform move_credit(t.household_id, t.bucket_ids, t.take_rials, 0, -1);
    else
      perform give(o, -t.voucher_rials, -t.card_rials, -t.cash_rials);
    end if;
  end if;
  if (leg = 'doubt' or (leg = 'approved' and not approved)) and t.card_rials > 0 then
    perform queue_reversal(t, t.card_rials, coalesce(t.reversal, '68'), e.at, t.leg_stan, t.leg_at);
  end if;
  if approved then
    if t.kind <> 'forward' then
      perform post(t.household_id, t.transaction_id, t.business_day, e.at, t.kind, t.merchant_id, t.bucket_ids, t.take_rials,
                   t.card_rials, t.cash_rials, case t.kind when 'return' then -1 else 1 end);
    end if;
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
    t.left_rials := 0;
    t.verdicts := null;
    t.token := null;
    t.bucket_ids := '{}';
    t.take_rials := '{}';
  end if;
  t.pass_through := e.args -> 'pass';
  update transactions set state = t.state, rc = t.rc, reason = t.reason, auth_code = t.auth_code, verdicts = t.verdicts,
      voucher_rials = t.voucher_rials, card_rials = t.card_rials, cash_rials = t.cash_rials, left_rials = t.left_rials,
      token = t.token, bucket_ids = t.bucket_ids, take_rials = t.take_rials, pass_through = t.pass_through,
      confirm_by = t.confirm_by
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  return verdict_of(t, e.ord, 'done');
end $$;

-- The transaction that DE 90 names; the youngest, should a terminal's STAN have come round.
create function original_of(e ledger_entry) returns transactions language sql stable as $$
  select t from transactions t where terminal_id = e.terminal_id and stan = e.args ->> 'stan' and family = '02'
     and transmission = e.args ->> 'transmission' order by transaction_id desc limit 1
$$;

-- A reversal: honoured whenever it comes, as often as it comes (wire.md 9.3). It gives back what is not given back yet; with
-- DE 95 only down to the corrected total, as if that had been the price from the first.
create function decide_reverse(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  t transactions := original_of(e);
  q quotes;
begin
  if e.known_id is not null and e.known_hash <> e.content_hash then
    return row (e.ord, 'conflict', null, null, null, null, null, null, null, null, 0, 0, 0, 0, null, null, null, null, null)::ledger_verdict;
  end if;
  v := new_verdict(e, c);
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
  if t.merchant_id <> e.merchant_id then
    v.rc := '25';
    v.reason := 'original.of-another-merchant';
    return v;
  end if;
  select * into t from transactions where household_id = t.household_id and transaction_id = t.transaction_id
     and business_day = t.business_day for update;
  if t.state = 'held' then
    update transactions set reversal = coalesce(t.reversal, e.args ->> 'reason')
     where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  elsif t.state = 'approved' and t.kind in ('purchase', 'forward', 'return') then
    v := take_back(e, c, t, v);
  elsif t.state = 'approved' and t.kind = 'quote' and t.quote_ref is not null then
    select * into q from quotes where household_id = t.household_id and quote_ref = t.quote_ref and state = 'held';
    if found then perform end_quote(q, 'released'); end if;
  end if;
  v.rrn := t.rrn;
  v.household_id := t.household_id;
  v.left_rials := credit_left(t.household_id, e.today);
  return v;
end $$;

-- Takes back an approved transaction, wholly or down to the corrected total.
create function take_back(e ledger_entry, c ledger_context, t transactions, v ledger_verdict) returns ledger_verdict
language plpgsql as $$
declare
  corrected bigint := coalesce((e.args ->> 'corrected')::bigint, 0);
  back record;
  x ledger_extra;
begin
  if t.kind = 'return' then return take_return_back(e, c, t, v); end if;
  v.household_id := t.household_id;
  v.voucher_rials := greatest(0, t.voucher_rials - t.given_voucher - least(t.voucher_rials, corrected));
  v.card_rials := greatest(0, t.card_rials - t.given_card - least(t.card_rials, greatest(0, corrected - t.voucher_rials)));
  v.cash_rials := greatest(0, t.cash_rials - t.given_cash - least(t.cash_rials, greatest(0, corrected - t.voucher_rials - t.card_rials)));
  back := unwind(t.bucket_ids, t.take_rials, t.given_voucher, v.voucher_rials);
  perform move_credit(t.household_id, back.back_ids, back.back_rials, 0, -1);
  if corrected = 0 and t.quantities is not null then perform use_quantities(t.household_id, t.quantities, -1); end if;
  if v.card_rials > 0 then perform queue_reversal(t, v.card_rials, e.args ->> 'reason', e.at, e.leg_stan, e.leg_at); end if;
  update transactions set state = case corrected when 0 then 'reversed' else state end,
      given_voucher = given_voucher + v.voucher_rials, given_card = given_card + v.card_rials, given_cash = given_cash + v.cash_rials
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  x.bucket_ids := back.back_ids;
  x.take_rials := back.back_rials;
  x.original_id := t.transaction_id;
  x.original_day := t.business_day;
  e.total_rials := v.voucher_rials + v.card_rials + v.cash_rials;
  e.masked := t.masked;
  if e.known_id is null and e.total_rials > 0 then
    perform record(e, v, 'reversal', 'approved', x);
    if t.kind = 'purchase' then
      perform post(t.household_id, v.transaction_id, c.day, e.at, 'reversal', t.merchant_id, back.back_ids, back.back_rials,
                   v.card_rials, v.cash_rials, -1);
    end if;
  end if;
  return v;
end $$;

-- A return that is reversed takes the credit again. What was spent meanwhile cannot be taken twice: it stands in suspense.
create function take_return_back(e ledger_entry, c ledger_context, t transactions, v ledger_verdict) returns ledger_verdict
language plpgsql as $$
declare
  x ledger_extra;
  o transactions;
  open_rials bigint;
  again bigint;
begin
  v.household_id := t.household_id;
  v.voucher_rials := t.voucher_rials;
  v.card_rials := t.card_rials;
  v.cash_rials := t.cash_rials;
  x.original_id := t.transaction_id;
  x.original_day := t.business_day;
  e.total_rials := t.total_rials;
  e.masked := t.masked;
  perform record(e, v, 'reversal', 'approved', x);
  for i in 1 .. cardinality(t.bucket_ids) loop
    select amount_rials - spent_rials - held_rials - expired_rials into open_rials from buckets
     where household_id = t.household_id and bucket_id = t.bucket_ids[i];
    again := least(open_rials, t.take_rials[i]);
    perform move_credit(t.household_id, array[t.bucket_ids[i]], array[again], 0, 1);
    insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id,
                          household_voucher, merchant_payable, suspense)
    values (t.household_id, v.transaction_id, i, c.day, e.at, 'reversal', t.merchant_id, t.bucket_ids[i],
            -again, t.take_rials[i], again - t.take_rials[i]);
  end loop;
  if t.card_rials + t.cash_rials > 0 then
    insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, card_clearing,
                          merchant_card, cash_note, merchant_cash)
    values (t.household_id, v.transaction_id, 1 + cardinality(t.bucket_ids), c.day, e.at, 'reversal', t.merchant_id,
            -t.card_rials, t.card_rials, -t.cash_rials, t.cash_rials);
  end if;
  if t.card_rials > 0 then perform queue_reversal(t, t.card_rials, e.args ->> 'reason', e.at, e.leg_stan, e.leg_at); end if;
  select * into o from transactions
   where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day;
  perform give(o, -t.voucher_rials, -t.card_rials, -t.cash_rials);
  update transactions set state = 'reversed'
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  return v;
end $$;

-- A completion advice (0220): the goods were handed over.
create function decide_advise(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  t transactions := original_of(e);
begin
  v.ord := e.ord;
  v.kind := 'done';
  v.rc := '25';
  v.reason := 'original.unknown';
  if t.transaction_id is null or t.merchant_id <> e.merchant_id then
    v.rrn := rrn_of(c, nextval('transaction_ids'));
    return v;
  end if;
  v.rrn := t.rrn;
  v.household_id := t.household_id;
  v.reason := 'original.' || t.state;
  if t.kind = 'purchase' and t.state in ('held', 'approved') then
    update transactions set confirmed_at = coalesce(confirmed_at, e.at)
     where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
    v.rc := '00';
    v.reason := 'confirmed';
    v.left_rials := credit_left(t.household_id, e.today);
  end if;
  return v;
end $$;
