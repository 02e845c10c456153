-- Baskets: what each line may have of the voucher, and the rations that it takes (wire.md 5).

create function basket_adds_up(e ledger_entry) returns boolean language plpgsql stable as $$
begin
  return e.total_rials = (select sum((line ->> 3)::numeric) from jsonb_array_elements(e.args -> 'basket') line);
end $$;

-- What of each basket line may come from the voucher, with its verdict (wire.md 5, tag 12). 01 not an eligible good, 04 the guild
-- may not sell it, 03 over the household's quantity, 02 over the price cap: only the cap is taken.
-- Rations are those of the programme and period whose credit is spent first. `rationed`: the ration of a line, if the voucher pays all
-- that is allowed of it; null: its category has none.
create function judge_basket(e ledger_entry, out allowed bigint[], out codes text[], out rationed bigint[], out categories text[],
  out programme text, out this_period text)
language plpgsql stable as $$
declare
  l record;
  g goods;
  may bigint;
  code text;
  entitled bigint;
  free_quantity bigint;
  used jsonb := '{}';
  ration bigint;
begin
  select programme_id, period into programme, this_period from buckets where household_id = e.household_id and bucket_id = e.bucket_ids[1];
  for l in select x ->> 0 as good, x ->> 1 as unit, (x ->> 2)::bigint as quantity, (x ->> 3)::bigint as rials
             from jsonb_array_elements(e.args -> 'basket') with ordinality as lines (x, n) order by n loop
    may := l.rials;
    code := '00';
    ration := null;
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
        ration := least(l.quantity, free_quantity);
        used := used || jsonb_build_object(g.category, coalesce((used ->> g.category)::bigint, 0) + ration);
      end if;
    end if;
    allowed := allowed || may;
    codes := codes || code;
    rationed := rationed || ration;
    categories := categories || g.category;
  end loop;
end $$;

-- What a voucher's part takes of the rations: of each line as much as it pays of what it could have paid, the lines in their order.
-- A part of a unit counts as one.
create function rations_paid(allowed bigint[], rationed bigint[], categories text[], programme text, this_period text, voucher bigint)
returns jsonb language plpgsql immutable as $$
declare
  used jsonb := '{}';
  open_rials bigint := voucher;
  part bigint;
begin
  for i in 1 .. coalesce(cardinality(allowed), 0) loop
    part := least(allowed[i], open_rials);
    open_rials := open_rials - part;
    continue when rationed[i] is null or part = 0;
    used := used || jsonb_build_object(categories[i],
      coalesce((used ->> categories[i])::bigint, 0) + ceil(rationed[i]::numeric * part / allowed[i])::bigint);
  end loop;
  return case when used <> '{}' then jsonb_build_object('programme', programme, 'period', this_period, 'used', used) end;
end $$;

create function use_quantities(household text, q jsonb, sign int) returns void language sql as $$
  insert into entitlement_uses as u (household_id, programme_id, category, period, quantity)
  select household, q ->> 'programme', key, q ->> 'period', greatest(0, sign * value::bigint)
    from jsonb_each_text(q -> 'used')
  on conflict (household_id, programme_id, category, period)
  do update set quantity = greatest(0, u.quantity + sign * (q -> 'used' ->> u.category)::bigint)
$$;
