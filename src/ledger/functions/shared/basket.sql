-- Baskets: what each line may have of the voucher, and the rations that it takes (wire.md 5).

create function basket_adds_up(e ledger_entry) returns boolean language plpgsql stable as $$
begin
  return e.total_rials = (select sum((line ->> 3)::numeric) from jsonb_array_elements(e.args -> 'basket') line);
end $$;

-- What of each basket line may come from the voucher, with its verdict (wire.md 5, tag 12), where credit of this programme and period
-- pays it. 01 not an eligible good, 04 the guild may not sell it, 03 over the household's quantity, 02 over the price: only so much is taken.
-- `rationed`: the ration of a line under its key, if the voucher pays all that is allowed of it; null: it has none.
-- `basket`: what two persons said of the programme's goods (shared/context.sql); null: goods.csv, guild_goods and entitlements alone speak.
-- `refusal`: the purchase is refused because of the good that `about` names.
create function judge_basket(e ledger_entry, programme text, this_period text, basket jsonb, out allowed bigint[], out codes text[],
  out rationed bigint[], out keys text[], out refusal text, out about text)
language plpgsql stable as $$
declare
  l record;
  g goods;
  placed programme_basket_goods; -- of a programme without a basket all null, as the next
  item programme_basket_items;
  may bigint;
  code text;
  measured bigint; -- in the unit of its item
  entitled bigint;
  free_quantity bigint;
  key text;
  used jsonb := '{}'; -- of this purchase, by key
  ration bigint;
begin
  for l in select x ->> 0 as good, x ->> 1 as unit, (x ->> 2)::bigint as quantity, (x ->> 3)::bigint as rials
             from jsonb_array_elements(e.args -> 'basket') with ordinality as lines (x, n) order by n loop
    may := l.rials;
    code := '00';
    ration := null;
    key := null;
    entitled := null;
    select * into g from goods where goods.code = l.good and valid_from <= e.today and valid_to >= e.today
     order by valid_from desc limit 1;
    if not found or (g.unit is not null and g.unit <> l.unit) then
      code := '01';
    elsif basket is not null then
      -- by its code, else by its category
      select * into placed from programme_basket_goods y where y.basket_id = (basket ->> 'id')::bigint and y.code in (l.good, g.category)
       order by length(y.code) desc limit 1;
      select * into item from programme_basket_items y where y.basket_id = placed.basket_id and y.item = placed.item;
      if item.item is null and basket ->> 'method' = 'fixed' or item.unit <> l.unit and (placed.each is null or l.unit <> '00') then
        code := '01';
      elsif not guild_may_sell(e.guild, l.good, g.category, basket) then
        code := '04';
      end if;
    elsif not exists (select 1 from guild_goods where guild = e.guild and category = g.category) then
      code := '04';
    end if;
    if code <> '00' then
      may := 0;
    else
      -- numeric here and in worth_of: a forged quantity must not overflow
      if g.price_cap_rials is not null then
        may := least(may, floor(g.price_cap_rials::numeric * l.quantity / case l.unit when '00' then 1 else 1000 end));
      end if;
      measured := l.quantity;
      if item.item is not null then
        if l.unit = '00' then measured := measured * coalesce(placed.each, 1); end if;
        if item.over_price = 'refuse' and l.rials > worth_of(item.price_rials, measured, item.unit) then refusal := 'goods.price'; end if;
        may := least(may, worth_of(coalesce(item.voucher_rials, item.price_rials), measured, item.unit));
      end if;
      if may < l.rials then code := '02'; end if;

      if item.per_person is not null or item.per_purchase is not null then
        key := item.item;
        entitled := item.per_person * e.members;
      else
        select quantity_per_member * e.members into entitled from entitlements n
         where n.programme_id = programme and n.category = g.category and n.period in (this_period, '*')
         order by n.period desc limit 1;
        if found then
          key := g.category;
          measured := l.quantity;
        end if;
      end if;
      if key is not null then
        free_quantity := coalesce((used ->> key)::bigint, 0);
        free_quantity := greatest(0, least(item.per_purchase - free_quantity, entitled - free_quantity - coalesce((
          select quantity from entitlement_uses u where u.household_id = e.household_id and u.programme_id = programme
             and u.category = key and u.period = this_period), 0)));
        if measured > free_quantity then
          if item.over_quantity = 'refuse' then refusal := coalesce(refusal, 'goods.quantity'); end if;
          may := floor(may::numeric * free_quantity / measured);
          code := '03';
        end if;
        ration := least(measured, free_quantity);
        used := used || jsonb_build_object(key, coalesce((used ->> key)::bigint, 0) + ration);
      end if;
      if refusal is not null then
        about := l.good || ' ' || g.name_fa;
        return;
      end if;
      if entitled is null then ration := null; end if; -- a bound of one purchase is no ration
    end if;
    allowed := allowed || may;
    codes := codes || code;
    rationed := rationed || ration;
    keys := keys || key;
  end loop;
end $$;

create function guild_may_sell(guild text, good text, category text, basket jsonb) returns boolean language plpgsql stable as $$
begin
  if (basket ->> 'guilds')::boolean then
    return exists (select 1 from programme_basket_guilds x
                    where x.basket_id = (basket ->> 'id')::bigint and x.guild = guild_may_sell.guild and x.code in (good, guild_may_sell.category));
  end if;
  return exists (select 1 from guild_goods x where x.guild = guild_may_sell.guild and x.category = guild_may_sell.category);
end $$;

-- What so much costs at a price of one piece, or of 1,000 grams or millilitres. Null: it has no price.
create function worth_of(price bigint, quantity bigint, unit text) returns numeric language sql immutable as $$
  select floor(price::numeric * quantity / case unit when '00' then 1 else 1000 end)
$$;
