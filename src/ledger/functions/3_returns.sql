-- Returns, and what takes them and purchases back. Each changes one fact about a purchase; what moves is the difference between what
-- it kept before and what it keeps now (2_kept.sql).

-- A return (27 98 00): voucher first, then card, then what was paid in cash, as far as the purchase keeps it.
create function decide_return(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  o transactions;
  later transactions;
  kept bigint[];
  m record;
begin
  -- for update: cards of no household share the name '', and have no lock; each returns only what it bought
  select * into o from transactions where household_id = e.household_id and rrn = e.args ->> 'rrn'
     and kind = 'purchase' and state = 'approved' and merchant_id = e.merchant_id
     and (household_id <> '' or masked = e.masked) for update;
  if not found then return decline(e, c, 'return', '25', 'original.unknown'); end if;
  kept := kept_of(o);
  if e.total_rials > total_of(kept) then return decline(e, c, 'return', '61', 'return.too-much'); end if;
  v := new_verdict(e, c, 'return', 'approved');
  v.voucher_rials := least(e.total_rials, kept[1]);
  v.card_rials := least(e.total_rials - v.voucher_rials, kept[2]);
  v.cash_rials := e.total_rials - v.voucher_rials - v.card_rials;
  v.fee_rials := fee_back(o, v.card_rials);
  v.rc := '00';
  v.reason := 'returned';
  v.auth_code := right(v.rrn, 6);
  v.token := e.token;
  v.original_id := o.transaction_id;
  v.original_day := o.business_day;
  later := count_return(o, 1, array[v.voucher_rials, v.card_rials, v.cash_rials]);
  m := release_credit(later, v.voucher_rials, e.at, v.card_rials > 0);
  v.left_rials := credit_left(e.household_id, e.today) + spendable(e.household_id, m.ids, m.rials, e.today);
  v.bucket_ids := m.ids;
  v.take_rials := m.rials;
  v.short_rials := nullif(m.unfunded, 0);
  if v.card_rials > 0 then
    -- its credit goes back once the bank has taken the card part: until then only its rials are spoken for
    v.kind := 'held';
    v.state := 'held';
    v.bank := 'card';
    later.pending_rials := coalesce(later.pending_rials, 0) + e.total_rials;
  else
    later := m.t;
    v.kind := 'approved';
    v.held := 0;
    v.spent := -1;
    v.post_kind := 'return';
    v.post_sign := -1;
    v.posted_to := e.merchant_id;
  end if;
  perform save_facts(later);
  perform change_rations(o, later);
  return v;
end $$;

-- What the bank's word on a return does to its purchase `o`. Gives back the return as it is to be stored.
create function end_return(t transactions, o transactions, approved boolean, at bigint) returns transactions language plpgsql as $$
declare
  later transactions := o;
  m record;
begin
  later.pending_rials := nullif(later.pending_rials - t.total_rials, 0);
  if approved then
    m := release_credit(later, t.voucher_rials, at, false);
    later := m.t;
    t.bucket_ids := m.ids;
    t.take_rials := m.rials;
    t.short_rials := nullif(m.unfunded, 0);
  else
    later := count_return(later, -1, array[t.voucher_rials, t.card_rials, t.cash_rials]);
    t.short_rials := null;
  end if;
  perform save_facts(later);
  perform change_rations(o, later);
  return t;
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
  v.held := 0;
  v.spent := -1;
  v.left_rials := v.left_rials + spendable(t.household_id, v.bucket_ids, v.take_rials, e.today);
  if v.card_rials > 0 then perform queue_reversal(t, v.card_rials, e.args ->> 'reason', e.at, leg_stan_of(e.id), e.leg_at); end if;
  perform save_facts(later);
  perform change_rations(t, later);
  return booked(v, t, -1);
end $$;

-- A return that is reversed, wholly or down to a corrected total: its purchase keeps so much more. Credit is taken again as far as it
-- is to be had, and the shop is credited with no more than that; the rest is a break (2_shortages.sql).
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
  m := take_again(later, v.voucher_rials, e.today, c.day, e.at);
  later := m.t;
  v.bucket_ids := m.ids;
  v.take_rials := m.rials;
  v.held := 0;
  v.spent := 1;
  v.short_rials := nullif(m.unfunded, 0);
  if v.short_rials > 0 then perform raise_shortage(o, v); end if;
  v.left_rials := v.left_rials - spendable(t.household_id, v.bucket_ids, v.take_rials, e.today);
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
  return booked(v, t, 1);
end $$;

-- The verdict of a reversal of `t` with its row and postings, where it moves anything. sign: of the shop's side.
create function booked(v ledger_verdict, t transactions, sign int) returns ledger_verdict language plpgsql immutable as $$
begin
  if v.total_rials > 0 then
    v.row_kind := 'reversal';
    v.original_id := t.transaction_id;
    v.original_day := t.business_day;
    if t.kind <> 'forward' then
      v.post_kind := 'reversal';
      v.post_sign := sign;
      v.posted_to := t.merchant_id;
    end if;
  end if;
  return v;
end $$;
