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
    if has_reservation(e) then e := yield_reservations(e, c); end if; -- the youngest terminal has it
  end if;
  if e.args ? 'authority' then
    s := authority_split(e, c, not e.args ? 'reserve');
  else
    s := split_credit(e, c, (e.args ->> 'rest') = 'card');
  end if;
  if s.rc is not null then return decline_split(e, c, 'quote', s); end if;
  if (e.args ->> 'rest') = 'card' and s.voucher_rials < e.total_rials and not e.may_card then
    return decline(e, c, 'quote', '58', 'merchant.no-card');
  end if;
  v := new_verdict(e, c, 'quote', 'approved');
  v.kind := 'approved';
  v.rc := '00';
  v.reason := 'quoted';
  v.voucher_rials := s.voucher_rials;
  v.card_rials := e.total_rials - s.voucher_rials;
  v.left_rials := s.left_rials;
  v.credit_ends := s.credit_ends;
  v.next_charge := e.next_charge;
  v.verdicts := s.verdicts;
  if e.args ? 'reserve' then
    v.quote_ref := '1' || v.rrn;
    perform move_credit(e.household_id, s.bucket_ids, s.take_rials, 1, 0);
    perform take_rations(e.household_id, s.quantities, s.voucher_rials);
    insert into quotes values (e.household_id, v.quote_ref, v.transaction_id, 'held',
      least(e.at + 120000, (e.args -> 'authority' ->> 'until')::bigint), e.total_rials,
      s.voucher_rials, s.verdicts, s.bucket_ids, s.take_rials, s.quantities, e.merchant_id, e.terminal_id,
      case when c.observes then e.args -> 'basket' end);
    if e.args ? 'authority' then
      update authority_orders set quote_ref = v.quote_ref where order_id = (e.args -> 'authority' ->> 'order')::bigint;
    end if;
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
  v.left_rials := credit_left(e.household_id, e.today, windows_at(e.at));
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
  -- of another terminal of the shop, in another unit: this one could not say its parts
  if not found or q.total_rials <> e.total_rials or q.merchant_id <> e.merchant_id
     or e.args ? 'unit' and q.voucher_rials % step_of(e) <> 0 then
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
  s.lines := q.lines;
  s.left_rials := credit_left(e.household_id, e.today, windows_at(e.at))
                 - spendable(e.household_id, q.bucket_ids, q.take_rials, e.today, windows_at(e.at));
  if s.left_rials > 0 then s.credit_ends := credit_end(e.household_id, e.today, windows_at(e.at), '{}'); end if;
  return s;
end $$;

-- A device that says the card part alone (profiles, `amount: card`): its total is that of the quote, if the card part is the quote's.
-- Of another card part the quote is not its own: take_quote refuses what names none.
create function whole_of_quote(e ledger_entry) returns ledger_entry language plpgsql stable as $$
declare
  whole bigint;
begin
  select total_rials into whole from quotes
   where household_id = e.household_id and quote_ref = e.args ->> 'quoteRef' and total_rials - voucher_rials = e.total_rials;
  if whole is null then e.args := e.args - 'quoteRef'; else e.total_rials := whole; end if;
  return e;
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
  perform move_rations(q.household_id, q.quantities, q.voucher_rials, 0);
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
create function yield_reservations(e ledger_entry, c ledger_context) returns ledger_entry language plpgsql as $$
begin
  perform end_quote(q, 'released') from quotes q
    where household_id = e.household_id and state = 'held' and terminal_id is distinct from e.terminal_id;
  return read_credit(e, c);
end $$;
