-- Credit: what may be spent, taking it, giving it back.

create function credit_left(household text, today date) returns bigint language sql stable as $$
  select coalesce(sum(amount_rials - spent_rials - held_rials - expired_rials), 0)::bigint
    from buckets where household_id = household and valid_from <= today and valid_to >= today
$$;

-- What of each basket line may come from the voucher, with its verdict (wire.md 5, tag 12). 01 not an eligible good, 04 the guild
-- may not sell it, 03 over the household's quantity, 02 over the price cap: only the cap is taken.
-- Rations are those of the programme and period whose credit is spent first.
create function judge_basket(e ledger_entry, out allowed bigint[], out codes text[], out quantities jsonb)
language plpgsql stable as $$
declare
  l record;
  g goods;
  may bigint;
  code text;
  entitled bigint;
  free_quantity bigint;
  used jsonb := '{}';
  programme text;
  this_period text;
begin
  select programme_id, period into programme, this_period from buckets where household_id = e.household_id and bucket_id = e.bucket_ids[1];
  for l in select x ->> 0 as good, x ->> 1 as unit, (x ->> 2)::bigint as quantity, (x ->> 3)::bigint as rials
             from jsonb_array_elements(e.args -> 'basket') with ordinality as lines (x, n) order by n loop
    may := l.rials;
    code := '00';
    select * into g from goods where goods.code = l.good and valid_from <= e.today and valid_to >= e.today
     order by valid_from desc limit 1;
    if not found or (g.unit is not null and g.unit <> l.unit) then
      may := 0;
      code := '01';
    elsif not exists (select 1 from guild_goods where guild = e.guild and category = g.category) then
      may := 0;
      code := '04';
    else
      if g.price_cap_rials is not null then
        -- numeric: a forged quantity must not overflow
        may := least(l.rials, floor(g.price_cap_rials::numeric * l.quantity / case l.unit when '00' then 1 else 1000 end));
        if may < l.rials then code := '02'; end if;
      end if;
      select quantity_per_member * e.members into entitled from entitlements n
       where n.programme_id = programme and n.category = g.category and n.period in (this_period, '*')
       order by n.period desc limit 1;
      if found then
        free_quantity := greatest(0, entitled - coalesce((used ->> g.category)::bigint, 0) - coalesce((
          select quantity from entitlement_uses u where u.household_id = e.household_id and u.programme_id = programme
             and u.category = g.category and u.period = this_period), 0));
        if l.quantity > free_quantity then
          may := floor(may::numeric * free_quantity / l.quantity);
          code := '03';
        end if;
        used := used || jsonb_build_object(g.category,
          coalesce((used ->> g.category)::bigint, 0) + least(l.quantity, free_quantity));
      end if;
    end if;
    allowed := allowed || may;
    codes := codes || code;
  end loop;
  if used <> '{}' then
    quantities := jsonb_build_object('programme', programme, 'period', this_period, 'used', used);
  end if;
end $$;

-- The limits of each programme on what a household takes of its credit: 61 by amount, 65 by count. What a quote has reserved is
-- as good as taken.
create function over_limit(e ledger_entry, s ledger_split, day date) returns text language plpgsql stable as $$
declare
  p record;
  r programme_rules;
  today_rials bigint;
  today_count int;
begin
  for p in select b.programme_id as id, sum(t.rials) as rials from unnest(s.bucket_ids, s.take_rials) as t (id, rials)
             join buckets b on b.household_id = e.household_id and b.bucket_id = t.id group by 1 order by 1 loop
    r := s.rules;
    if p.id <> r.programme_id or e.programme_id <> e.last_programme then r := rules_on(p.id, e.today); end if;
    if p.rials > r.max_purchase_rials then return '61'; end if;
    if r.max_day_rials is not null or r.max_day_purchases is not null then
      select coalesce(sum(u.rials), 0), count(distinct u.transaction_id) into today_rials, today_count from (
        select x.id, x.rials - coalesce(x.given, 0) as rials, transaction_id
          from transactions t
         cross join lateral unnest(t.bucket_ids || t.more_ids, t.take_rials || t.more_rials, t.given_rials) as x (id, rials, given)
         where household_id = e.household_id and business_day = day and kind = 'purchase' and state in ('held', 'approved')
        union all
        select x.id, x.rials, transaction_id
          from quotes q cross join lateral unnest(q.bucket_ids, q.take_rials) as x (id, rials)
         where household_id = e.household_id and state = 'held') u
        join buckets b on b.household_id = e.household_id and b.bucket_id = u.id and b.programme_id = p.id;
      if today_rials + p.rials > r.max_day_rials then return '61'; end if;
      if today_count >= r.max_day_purchases then return '65'; end if;
    end if;
    if r.max_period_rials is not null and p.rials + (
         select coalesce(sum(spent_rials + held_rials), 0) from buckets where household_id = e.household_id
            and programme_id = p.id and valid_from <= e.today and valid_to >= e.today) > r.max_period_rials then
      return '61';
    end if;
  end loop;
  return null;
end $$;

-- The rules under which credit of several programmes is spent together: of each rule the strictest. Limits are each programme's own.
create function common_rules(e ledger_entry) returns programme_rules language plpgsql stable as $$
declare
  all_of programme_rules;
  r programme_rules;
  by_default boolean := false; -- one of them has no rules yet
begin
  for r in select x.* from (select programme_id, min(n) as n from unnest(e.bucket_ids) with ordinality as u (id, n)
                      join buckets b on b.household_id = e.household_id and b.bucket_id = u.id group by 1) p
            left join lateral rules_on(p.programme_id, e.today) x on true order by p.n loop
    by_default := by_default or r.programme_id is null;
    continue when r.programme_id is null;
    if all_of is null then all_of := r; continue; end if;
    if r.min_card_rials > all_of.min_card_rials then
      all_of.min_card_rials := r.min_card_rials;
      all_of.min_card_as := r.min_card_as;
    end if;
    all_of.limited := all_of.limited or r.limited;
    if r.pin_check = 'issuer' then all_of.pin_check := 'issuer'; end if;
    all_of.pin_check_from_rials := least(all_of.pin_check_from_rials, r.pin_check_from_rials);
    if r.confirmation = 'required' then
      all_of.confirm_within_ms := case all_of.confirmation when 'required' then least(all_of.confirm_within_ms, r.confirm_within_ms)
                                    else r.confirm_within_ms end;
      all_of.confirmation := 'required';
    end if;
    if all_of.min_software_version is null or software_serves(r.min_software_version, all_of.min_software_version) then
      all_of.min_software_version := coalesce(r.min_software_version, all_of.min_software_version);
    end if;
  end loop;
  if by_default then all_of.pin_check := 'issuer'; end if;
  return all_of;
end $$;

-- How an amount would fall: credit first, oldest-expiring bucket first (wire.md 9.6); only eligible goods draw on it.
create function split_credit(e ledger_entry, c ledger_context, by_card boolean) returns ledger_split language plpgsql as $$
declare
  s ledger_split;
  basket record;
  want bigint := e.total_rials;
  take bigint;
begin
  s.rules := c.rules;
  if e.programme_id <> e.last_programme then
    s.rules := common_rules(e);
  elsif e.programme_id is not null and e.programme_id is distinct from (s.rules).programme_id then
    s.rules := rules_on(e.programme_id, e.today);
  end if;
  s.voucher_rials := 0;
  s.left_rials := 0;
  s.bucket_ids := '{}';
  s.take_rials := '{}';
  if (s.rules).min_software_version is not null and not software_serves(e.args ->> 'software', (s.rules).min_software_version) then
    s.rc := '58';
    s.reason := 'terminal.software';
    return s;
  end if;
  if e.args is not null and e.args ? 'basket' then
    basket := judge_basket(e);
    want := (select sum(x) from unnest(basket.allowed) x);
    s.quantities := basket.quantities;
  end if;
  if by_card and (s.rules).min_card_rials > 0 then
    want := least(want, greatest(0, e.total_rials - (s.rules).min_card_rials));
  end if;
  for i in 1 .. coalesce(cardinality(e.bucket_ids), 0) loop
    take := least(e.open_rials[i], want - s.voucher_rials);
    if take > 0 then
      s.bucket_ids := s.bucket_ids || e.bucket_ids[i];
      s.take_rials := s.take_rials || take;
      s.voucher_rials := s.voucher_rials + take;
    end if;
    s.left_rials := s.left_rials + e.open_rials[i] - take;
  end loop;
  if e.args is not null and e.args ? 'basket' then
    s.verdicts := line_verdicts(basket.allowed, basket.codes, s.voucher_rials);
    if s.voucher_rials = 0 then s.quantities := null; end if;
  end if;
  if s.voucher_rials > 0 and (s.rules).limited then
    s.rc := over_limit(e, s, c.day);
    if s.rc is not null then s.reason := case s.rc when '65' then 'limit.count' else 'limit.amount' end; end if;
  end if;
  return s;
end $$;

-- Tag 12: verdict n2 and the voucher's part n12 a line; the lines share it in their order.
create function line_verdicts(allowed bigint[], codes text[], voucher bigint) returns text language plpgsql immutable as $$
declare
  text_of text := '';
  open_rials bigint := voucher;
  part bigint;
begin
  for i in 1 .. coalesce(cardinality(allowed), 0) loop
    part := least(allowed[i], open_rials);
    open_rials := open_rials - part;
    text_of := text_of || codes[i] || lpad(part::text, 12, '0');
  end loop;
  return text_of;
end $$;

-- Moves credit in a household's buckets: held and spent change by the sign times the takes.
create function move_credit(household text, ids bigint[], rials bigint[], held int, spent int) returns void
language plpgsql as $$
begin
  update buckets b set held_rials = held_rials + held * t.rials, spent_rials = spent_rials + spent * t.rials,
         swept = swept and spent >= 0
    from unnest(ids, rials) as t (id, rials)
   where b.household_id = household and b.bucket_id = t.id;
end $$;

create function use_quantities(household text, q jsonb, sign int) returns void language sql as $$
  insert into entitlement_uses as u (household_id, programme_id, category, period, quantity)
  select household, q ->> 'programme', key, q ->> 'period', greatest(0, sign * value::bigint)
    from jsonb_each_text(q -> 'used')
  on conflict (household_id, programme_id, category, period)
  do update set quantity = greatest(0, u.quantity + sign * (q -> 'used' ->> u.category)::bigint)
$$;

-- What of the fee goes back with these rials of the card's part: it is the last to go.
create function fee_back(t transactions, card bigint) returns bigint language sql immutable as $$
  select greatest(0, t.given_card + card - (t.card_rials - t.fee_rials)) - greatest(0, t.given_card - (t.card_rials - t.fee_rials))
$$;

-- How much of takes that come back may be spent again: not what goes to a bucket past its end.
create function spendable(household text, ids bigint[], rials bigint[], today date) returns bigint language sql stable as $$
  select coalesce(sum(u.r), 0)::bigint from unnest(ids, rials) as u (id, r)
    join buckets b on b.household_id = household and b.bucket_id = u.id and b.valid_from <= today and b.valid_to >= today
$$;
