-- Stand-in for an authority that does not answer (docs/counterparts.md): only under a rule that two persons made, for cards that it has
-- confirmed before, up to what the rule leaves of the day to the household and to the shop.

-- What may be granted of an amount; null: stand-in is off, or the card is not known to the authority.
create function stand_in_limit(e ledger_entry, programme text, wanted bigint) returns bigint language plpgsql as $$
declare
  r stand_in_rules;
  household_used bigint;
  shop_used bigint;
begin
  select * into r from stand_in_rules where programme_id = programme and verdict = 'approved' and valid_from <= e.today
   order by valid_from desc, rule_id desc limit 1;
  if r.rule_id is null or r.shop_rials = 0 then return null; end if;
  if not exists (select from authority_cards where household_id = e.household_id and token is not null and confirmed_at is not null) then
    return null;
  end if;
  perform pg_advisory_xact_lock(4, hashtext(e.merchant_id)); -- another household may be granted some of the same shop's now
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
