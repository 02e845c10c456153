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
  if e.args ? 'unreached' and leg in ('unsent', 'doubt')
     and stands_in_for_bank(t, e.today, e.at, leg, (e.args -> 'unreached' ->> 'pin')::boolean) then
    approved := true;
    t.reason := 'approved.bank-stand-in';
  end if;
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
    perform move_rations(t.household_id, t.quantities, t.voucher_rials, 0);
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
    t.reason := case when t.reversal is null then concat_ws('.', coalesce(e.args ->> 'by', 'bank'), leg, e.args ->> 'bank') else 'reversed.meanwhile' end;
    t.auth_code := null;
    t.voucher_rials := 0;
    t.card_rials := 0;
    t.cash_rials := 0;
    t.fee_rials := 0;
    t.left_rials := 0;
    t.credit_ends := null;
    t.next_charge := null;
    t.verdicts := null;
    t.token := null;
    t.bucket_ids := '{}';
    t.take_rials := '{}';
  end if;
  t.pass_through := e.args -> 'pass';
  update transactions set state = t.state, rc = t.rc, reason = t.reason, auth_code = t.auth_code, verdicts = t.verdicts,
      voucher_rials = t.voucher_rials, card_rials = t.card_rials, cash_rials = t.cash_rials, fee_rials = t.fee_rials,
      left_rials = t.left_rials, token = t.token, bucket_ids = t.bucket_ids, take_rials = t.take_rials, pass_through = t.pass_through,
      confirm_by = t.confirm_by, short_rials = t.short_rials, credit_ends = t.credit_ends, next_charge = t.next_charge
   where household_id = t.household_id and transaction_id = t.transaction_id and business_day = t.business_day;
  v := verdict_of(t, e.ord, 'done');
  v.bucket_ids := ids;
  v.take_rials := rials;
  v.movement := case
    when t.kind = 'purchase' then case when approved then 'capture' else 'release' end
    when t.kind = 'return' and approved then 'return'
  end;
  v.posted_to := t.merchant_id;
  return v;
end $$;
