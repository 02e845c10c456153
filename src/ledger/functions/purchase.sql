-- A subsidised purchase (17 98 00 by_card, 17 98 98 else): split, then hold for the bank or capture at once.
create function decide_purchase(e ledger_entry, c ledger_context, by_card boolean) returns ledger_verdict language plpgsql as $$
declare
  v ledger_verdict;
  s ledger_split;
begin
  if e.household_id = '' and not by_card then return decline(e, c, 'purchase', '14', 'card.unknown'); end if;
  if e.args is not null then
    if e.args ? 'quoteRef' or e.args ? 'authority' then
      -- otherwise judge_basket sees to it
      if e.args ? 'basket' and not basket_adds_up(e) then return decline(e, c, 'purchase', '40', 'basket.sum'); end if;
      if e.args ? 'quoteRef' then
        if e.args ? 'ofCard' then e := whole_of_quote(e); end if;
        s := take_quote(e, c);
      else
        s := authority_split(e, c, false);
      end if;
    end if;
  end if;
  if s is null then
    s := split_credit(e, c, by_card);
    -- a reservation needs no PIN: it yields to a purchase (decision 0033)
    if coalesce(s.rc in ('61', '65'), s.voucher_rials < e.total_rials) and has_reservation(e) then
      e := yield_reservations(e, c);
      s := split_credit(e, c, by_card);
    end if;
  end if;
  if s.rc is not null then return decline_split(e, c, 'purchase', s); end if;
  if s.voucher_rials = 0 and not by_card then return decline(e, c, 'purchase', '51', 'credit.none'); end if;
  if by_card and s.voucher_rials < e.total_rials and not e.may_card then return decline(e, c, 'purchase', '58', 'merchant.no-card'); end if;

  v := new_verdict(e, c, 'purchase', 'held');
  v.voucher_rials := s.voucher_rials;
  v.left_rials := s.left_rials;
  v.credit_ends := s.credit_ends;
  v.next_charge := e.next_charge;
  if by_card then v.card_rials := e.total_rials - s.voucher_rials; else v.cash_rials := e.total_rials - s.voucher_rials; end if;
  if (s.rules).card_part_of is not null then s.rules := card_part_for(s.rules, e.total_rials); end if;
  if (s.rules).min_card_as = 'fee' and v.voucher_rials > 0 then
    v.fee_rials := least(v.card_rials, (s.rules).min_card_rials);
    if v.fee_rials > 0 and (s.rules).card_part_of is not null then perform note_card_fee(v, s.rules); end if;
  end if;
  v.rc := case when v.cash_rials > 0 then '10' else '00' end;
  v.reason := 'approved';
  v.auth_code := right(v.rrn, 6);
  v.verdicts := s.verdicts;
  if c.observes then v.lines := coalesce(s.lines, e.args -> 'basket'); end if;
  v.token := e.token;
  v.bucket_ids := s.bucket_ids;
  v.take_rials := s.take_rials;
  if (s.rules).confirmation = 'required' then v.confirm_by := e.at + (s.rules).confirm_within_ms; end if;
  if e.args ? 'confirmMs' then v.confirm_by := least(v.confirm_by, e.at + (e.args ->> 'confirmMs')::bigint); end if;
  if s.quantities is not null then
    v.quantities := s.quantities;
    -- a quote's may be of several programmes; what is of one the batch takes with all others (decide_batch.sql)
    if not s.quantities ? 'used' then perform move_rations(e.household_id, s.quantities, 0, s.voucher_rials); end if;
  end if;
  if e.args is not null and e.args ? 'unit' then perform note_unit(e, v); end if;
  if v.card_rials > 0 then
    v.kind := 'held';
    v.bank := 'card';
    v.movement := 'hold';
  elsif coalesce((s.rules).pin_check, 'issuer') = 'issuer' or e.total_rials >= (s.rules).pin_check_from_rials or e.args ? 'authority' then
    v.kind := 'held';
    v.bank := 'pin-check';
    v.movement := 'hold';
  else
    v.kind := 'approved';
    v.state := 'approved';
    v.movement := 'buy';
    v.posted_to := e.merchant_id;
  end if;
  if e.args ? 'authority' then
    if e.args -> 'authority' ? 'standIn' then v.reason := 'approved.stand-in'; end if;
    perform authority_takes(e, v);
  end if;
  return v;
end $$;
