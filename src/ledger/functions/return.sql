-- Returns, and what takes them and purchases back. Each changes one fact about a purchase; what moves is the difference between what
-- it kept before and what it keeps now (shared/kept.sql).

-- A return (27 98 00): voucher first, then card, then what was paid in cash, as far as the purchase keeps it.
create function decide_return(e ledger_entry, c ledger_context) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  o transactions;
  later transactions;
  of_day date := coalesce(day_of_rrn(e.args ->> 'rrn', e.today), e.today);
  days int;
  kept bigint[];
  m record;
begin
  if e.household_status = 'blocked' and is_mirror(e.household_id) then return decline(e, c, 'return', '57', 'authority.no-return'); end if;
  -- An RRN says its day, and the business day lies near it, unless no day was closed for long: only then are all asked.
  -- For update: cards of no household share the name '', and have no lock; each returns only what it bought.
  foreach days in array array[3, 100000] loop
    select * into o from transactions where household_id = e.household_id and rrn = e.args ->> 'rrn'
       and business_day between of_day - days and of_day + days
       and kind = 'purchase' and state = 'approved' and merchant_id = e.merchant_id
       and (household_id <> '' or masked = e.masked) for update;
    exit when found;
  end loop;
  if o.transaction_id is null then return decline(e, c, 'return', '25', 'original.unknown'); end if;
  kept := kept_of(o);
  -- less than a step away from what is left of a purchase in an older unit: nothing else of it could ever be said
  if e.args ? 'unit' and abs(e.total_rials - total_of(kept)) < step_of(e) then e.total_rials := total_of(kept); end if;
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
  if e.args ? 'unit' then perform note_unit(e, v); end if;
  later := count_return(o, 1, array[v.voucher_rials, v.card_rials, v.cash_rials]);
  m := release_credit(later, v.voucher_rials, e.at, v.card_rials > 0);
  v.left_rials := credit_left(e.household_id, e.today, windows_at(e.at))
                 + spendable(e.household_id, m.ids, m.rials, e.today, windows_at(e.at));
  v.credit_ends := credit_end(e.household_id, e.today, windows_at(e.at), m.ids);
  v.next_charge := next_charge_of(e.household_id, e.today, windows_at(e.at));
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
    perform change_rations(o, later);
    v.kind := 'approved';
    v.movement := 'return';
    v.posted_to := e.merchant_id;
  end if;
  perform save_facts(later);
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
  perform change_rations(o, later, t.voucher_rials);
  return t;
end $$;
