-- Stand-in for an authority that does not answer (docs/counterparts.md): only under a rule that two persons made, for cards that it has
-- confirmed before, up to what the rule leaves of the day to the household and to the shop.

-- What may be granted of an amount; null: stand-in is off, or the card is not known to the authority.
create function stand_in_limit(e ledger_entry, programme text, wanted bigint) returns bigint language plpgsql as $$
declare
  r stand_in_rules;
  household_used bigint;
  shop_used bigint;
begin
  select * into r from stand_in_rules where programme_id = programme and stands_for = 'authority' and verdict = 'approved' and valid_from <= e.today
   order by valid_from desc, rule_id desc limit 1;
  if r.rule_id is null or r.shop_rials = 0 then return null; end if;
  if not exists (select from authority_cards where household_id = e.household_id and token is not null and confirmed_at is not null) then
    return null;
  end if;
  -- another household may be granted some of the same shop's now; one lock for all shops: two batches can never wait for each other
  perform pg_advisory_xact_lock(4, 0);
  select coalesce(sum(stand_in_kept(s)) filter (where s.household_id = e.household_id), 0),
         coalesce(sum(stand_in_kept(s)) filter (where s.merchant_id = e.merchant_id), 0) into household_used, shop_used
    from stand_ins s where s.day = e.today and (s.household_id = e.household_id or s.merchant_id = e.merchant_id);
  return greatest(0, least(wanted, r.household_rials - household_used, r.shop_rials - shop_used));
end $$;

-- What stands of a grant: nothing, where its purchase came to nothing. One of this batch has no transaction yet.
create function stand_in_kept(s stand_ins) returns bigint language sql stable as $$
  select case when t.state is null or t.state in ('held', 'approved') then s.rials else 0 end
    from authority_orders o
    left join transactions t on t.household_id = o.household_id and t.transaction_id = o.transaction_id and t.business_day = o.business_day
   where o.order_id = s.order_id
$$;

-- Stand-in for a bank that could not be reached and so checked no PIN (docs/decisions/0096): whether a purchase that the voucher pays stands without
-- it. Only under rules of all programmes that pay it, for a card that the bank has let through before, and for the whole of it or not at all.
create function stands_in_for_bank(t transactions, today date, at bigint, leg text, pin_entered boolean) returns boolean language plpgsql as $$
declare
  r record;
  household_used bigint;
  shop_used bigint;
begin
  if t.kind <> 'purchase' or t.bank <> 'pin-check' or t.card_rials > 0 or t.reversal is not null then return false; end if;
  select count(*) as programmes, count(s.rule_id) as ruled, min(s.household_rials) as household_rials, min(s.shop_rials) as shop_rials,
         bool_and(s.unchecked_pin) as unchecked_pin, array_agg(p.programme_id order by p.programme_id) as ids into r
    from (select distinct programme_id from buckets where household_id = t.household_id and bucket_id = any (t.bucket_ids)) p
    left join lateral (select * from stand_in_rules where programme_id = p.programme_id and stands_for = 'bank' and verdict = 'approved' and valid_from <= today
                        order by valid_from desc, rule_id desc limit 1) s on true;
  if r.programmes = 0 or r.ruled < r.programmes or r.shop_rials = 0 or pin_entered and not r.unchecked_pin then return false; end if;
  -- what an authority decides is confirmed there, never here alone
  if is_mirror(t.household_id) or not exists (
       select from transactions x where x.household_id = t.household_id and x.masked = t.masked and x.kind = 'purchase' and x.bank is not null
          and x.state = 'approved' and x.reason = 'approved' and x.business_day >= t.business_day - 90) then
    return false;
  end if;
  perform pg_advisory_xact_lock(4, 0);
  select coalesce(sum(rials) filter (where household_id = t.household_id), 0), coalesce(sum(rials) filter (where merchant_id = t.merchant_id), 0)
    into household_used, shop_used
    from bank_stand_ins s where s.day = today and (household_id = t.household_id or merchant_id = t.merchant_id) and bank_stand_in_stands(s);
  if t.total_rials > least(r.household_rials - household_used, r.shop_rials - shop_used) then return false; end if;
  insert into bank_stand_ins (transaction_id, household_id, business_day, merchant_id, programmes, day, rials, unchecked_pin, why, at)
  values (t.transaction_id, t.household_id, t.business_day, t.merchant_id, r.ids, today, t.total_rials, pin_entered, leg, at);
  return true;
end $$;

-- A grant that was taken back is free again.
create function bank_stand_in_stands(s bank_stand_ins) returns boolean language sql stable as $$
  select exists (select from transactions t where t.household_id = s.household_id and t.transaction_id = s.transaction_id
                    and t.business_day = s.business_day and t.state in ('held', 'approved'))
$$;
