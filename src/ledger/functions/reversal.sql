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
  if e.household_status = 'blocked' and t.state in ('held', 'approved') and is_mirror(t.household_id) then
    if (e.args ->> 'corrected')::bigint > 0 then -- an authority takes a purchase back as a whole, or not at all
      v.state := 'declined';
      v.rc := '57';
      v.reason := 'authority.whole-only';
      v.rrn := t.rrn;
      return v;
    end if;
    perform authority_hears(t, e.at);
  end if;
  v.left_rials := credit_left(t.household_id, e.today, windows_at(e.at));
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
      v.left_rials := credit_left(t.household_id, e.today, windows_at(e.at));
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
  later transactions := t;
  back bigint[];
  m record;
begin
  if corrected > 0 and t.pending_rials is not null then
    v.reason := 'reversed.later'; -- the bank may still refuse the return: what there is to correct is not known before
    later.corrected_rials := corrected;
    perform save_facts(later);
    return v;
  end if;
  later.corrected_rials := null;
  if corrected > 0 then later.price_rials := least(corrected, t.price_rials); else later.state := 'reversed'; end if;
  back := without(kept_of(t), kept_of(later));
  v.voucher_rials := back[1];
  v.card_rials := back[2];
  v.cash_rials := back[3];
  v.total_rials := total_of(back);
  v.fee_rials := fee_back(t, v.card_rials);
  m := release_credit(later, v.voucher_rials, e.at, false);
  later := m.t;
  v.bucket_ids := m.ids;
  v.take_rials := m.rials;
  v.short_rials := nullif(m.unfunded, 0);
  v.left_rials := v.left_rials + spendable(t.household_id, v.bucket_ids, v.take_rials, e.today, windows_at(e.at));
  if v.card_rials > 0 then perform queue_reversal(t, v.card_rials, e.args ->> 'reason', e.at, leg_stan_of(e.id), e.leg_at); end if;
  perform save_facts(later);
  perform change_rations(t, later);
  return booked(v, t, 'reverse');
end $$;

-- A return that is reversed, wholly or down to a corrected total: its purchase keeps so much more. Credit is taken again as far as it
-- is to be had, and the shop is credited with no more than that; the rest is a break (shared/shortages.sql).
create function take_return_back(e ledger_entry, c ledger_context, t transactions, v ledger_verdict) returns ledger_verdict
language plpgsql as $$
declare
  corrected bigint := least(coalesce((e.args ->> 'corrected')::bigint, 0), t.corrected_rials, t.price_rials);
  given bigint[] := without(array[t.voucher_rials, t.card_rials, t.cash_rials], priced(t, corrected));
  o transactions;
  later transactions;
  more bigint[];
  m record;
begin
  select * into o from transactions
   where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day for update;
  later := count_return(o, -1, without(given, array[t.given_voucher, t.given_card, t.given_cash]));
  more := without(kept_of(later), kept_of(o));
  v.voucher_rials := more[1];
  v.card_rials := more[2];
  v.cash_rials := more[3];
  v.total_rials := total_of(more);
  m := take_again(later, v.voucher_rials, e.today, c.day, e.at, windows_at(e.at));
  later := m.t;
  v.bucket_ids := m.ids;
  v.take_rials := m.rials;
  v.short_rials := nullif(m.unfunded, 0);
  if v.short_rials > 0 then perform raise_shortage(o, v); end if;
  -- looked at again: what a conversion had set apart is in the bucket by now
  v.left_rials := credit_left(t.household_id, e.today, windows_at(e.at))
                  - spendable(t.household_id, v.bucket_ids, v.take_rials, e.today, windows_at(e.at));
  later.given_card := o.given_card - v.card_rials;
  v.fee_rials := fee_back(later, v.card_rials);
  if v.card_rials > 0 then perform queue_reversal(t, v.card_rials, e.args ->> 'reason', e.at, leg_stan_of(e.id), e.leg_at); end if;
  perform save_facts(later);
  perform change_rations(o, later);
  t.corrected_rials := null;
  t.given_voucher := given[1];
  t.given_card := given[2];
  t.given_cash := given[3];
  if corrected > 0 then t.price_rials := corrected; else t.state := 'reversed'; end if;
  perform save_facts(t);
  return booked(v, t, 'reverse-return');
end $$;

-- The verdict of a reversal of `t` with its row and what it moves, where it moves anything.
create function booked(v ledger_verdict, t transactions, movement text) returns ledger_verdict language plpgsql immutable as $$
begin
  if v.total_rials > 0 then
    v.row_kind := 'reversal';
    v.original_id := t.transaction_id;
    v.original_day := t.business_day;
    if t.kind <> 'forward' then
      v.movement := movement;
      v.posted_to := t.merchant_id;
    end if;
  end if;
  return v;
end $$;
