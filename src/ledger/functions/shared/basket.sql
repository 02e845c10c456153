-- Baskets: what each line may have of the voucher, and the rations that it takes (wire.md 5).

create function basket_adds_up(e ledger_entry) returns boolean language plpgsql stable as $$
begin
  return e.total_rials = (select sum((line ->> 3)::numeric) from jsonb_array_elements(e.args -> 'basket') line);
end $$;

-- What is known of the lines of a purchase where credit of this programme and period pays them. A batch asks it for all that say their goods
-- at once (decide_batch.sql), and what it finds stands in their entries: a statement for each line would cost its start each time.
-- `basket`: what two persons said of the programme's goods (shared/context.sql); null: goods.csv, guild_goods and entitlements alone speak.
create function lines_of(list jsonb, household text, members int, guild text, today date, programme text, this_period text, basket jsonb)
returns setof ledger_line language sql stable as $$
  select programme, this_period, x.good, x.unit, x.quantity, x.rials,
         case when g.code is null or g.unit <> x.unit
                   or i.item is null and said.fixed or i.unit <> x.unit and (p.each is null or x.unit <> '00') then '01'
              when not case when said.guilds
                then exists (select from programme_basket_guilds s where s.basket_id = said.basket_id and s.guild = lines_of.guild and s.code in (x.good, g.category))
                else exists (select from guild_goods s where s.guild = lines_of.guild and s.category = g.category) end then '04'
              else '00' end,
         g.name_fa, g.price_cap_rials, i.item, i.unit, case x.unit when '00' then p.each end, i.price_rials, coalesce(i.voucher_rials, i.price_rials),
         i.per_purchase, i.over_price = 'refuse', i.over_quantity = 'refuse', k.key, k.key = g.category,
         coalesce(i.per_person, n.quantity_per_member) * members, u.quantity
    -- offset, here and below: read once for all lines, and each table by its key for each line, never all of a basket
    from (select (basket ->> 'id')::bigint as basket_id, basket ->> 'method' = 'fixed' as fixed, (basket ->> 'guilds')::boolean as guilds offset 0) said
   cross join (select y ->> 0 as good, y ->> 1 as unit, (y ->> 2)::bigint as quantity, (y ->> 3)::bigint as rials, n
                 from jsonb_array_elements(list) with ordinality as lines (y, n)) x
    left join lateral (select * from goods where goods.code = x.good and valid_from <= today and valid_to >= today
                        order by valid_from desc limit 1) g on true
    -- by its code, else by its category
    left join lateral (select y.item, y.each from programme_basket_goods y where y.basket_id = said.basket_id and y.code = x.good offset 0) a on true
    left join lateral (select y.item from programme_basket_goods y where y.basket_id = said.basket_id and y.code = case when a.item is null then g.category end
                       offset 0) b on true
   cross join lateral (select coalesce(a.item, b.item) as item, a.each) p
    left join lateral (select * from programme_basket_items y where y.basket_id = said.basket_id and y.item = p.item offset 0) i on true
    left join lateral (select y.quantity_per_member from entitlements y
                        where y.programme_id = programme and y.period in (this_period, '*')
                          and y.category = case when i.per_person is null and i.per_purchase is null then g.category end
                        order by y.period desc limit 1) n on true
   cross join lateral (select case when i.per_person is not null or i.per_purchase is not null then i.item
                                   when n.quantity_per_member is not null then g.category end as key) k
    left join lateral (select y.quantity from entitlement_uses y
                        where y.household_id = household and y.programme_id = programme and y.category = k.key and y.period = this_period offset 0) u on true
   order by x.n
$$;

-- The same of one entry alone.
create function lines_now(e ledger_entry, programme text, this_period text, basket jsonb) returns ledger_line[] language sql stable as $$
  select array(select l from lines_of(e.args -> 'basket', e.household_id, e.members, e.guild, e.today, programme, this_period, basket) l)
$$;

-- What of each line may come from the voucher, with its verdict (wire.md 5, tag 12). 01 not an eligible good, 04 the guild may not sell
-- it, 03 over the household's quantity, 02 over the price: only so much is taken.
-- `rationed`: the ration of a line under its key, if the voucher pays all that is allowed of it; null: it has none. `rations`: any has one.
-- `refusal`: the purchase is refused, because of the good that `about` names or because the lines are not its total.
create function judge_basket(e ledger_entry, lines ledger_line[], out allowed bigint[], out codes text[],
  out rationed bigint[], out keys text[], out rations boolean, out refusal text, out about text)
language plpgsql stable as $$
declare
  l ledger_line;
  may bigint;
  code text;
  measured bigint; -- in the unit of its item
  free_quantity bigint;
  ration bigint;
  sum_rials numeric := 0;
  taken bigint[]; -- of this purchase, by line
begin
  rations := false;
  foreach l in array lines loop
    may := l.rials;
    code := l.code;
    ration := null;
    sum_rials := sum_rials + may;
    if code <> '00' then
      may := 0;
    else
      -- numeric here and in worth_of: a forged quantity must not overflow
      if l.price_cap_rials is not null then may := least(may, worth_of(l.price_cap_rials, l.quantity, l.unit)); end if;
      measured := l.quantity * coalesce(l.each, 1);
      if l.most_rials is not null then
        if l.by_price and l.rials > worth_of(l.price_rials, measured, l.item_unit) then refusal := 'goods.price'; end if;
        may := least(may, worth_of(l.most_rials, measured, l.item_unit));
      end if;
      if may < l.rials then code := '02'; end if;

      if l.key is not null then
        if l.by_category then measured := l.quantity; end if;
        free_quantity := 0;
        -- a line that is not eligible has the key too, and takes nothing
        if l.key = any (keys) then
          free_quantity := (select coalesce(sum(z.taken), 0) from unnest(keys, taken) as z (key, taken) where z.key = l.key);
        end if;
        free_quantity := greatest(0, least(l.per_purchase - free_quantity, l.entitled - free_quantity - coalesce(l.used, 0)));
        if measured > free_quantity then
          if l.by_quantity then refusal := coalesce(refusal, 'goods.quantity'); end if;
          may := floor(may::numeric * free_quantity / measured);
          code := '03';
        end if;
        ration := least(measured, free_quantity);
      end if;
      if refusal is not null then
        if basket_adds_up(e) then about := l.good || ' ' || l.name_fa; else refusal := 'basket.sum'; end if;
        return;
      end if;
    end if;
    allowed := allowed || may;
    codes := codes || code;
    keys := keys || l.key;
    taken := taken || ration;
    if l.entitled is null then ration := null; else rations := rations or ration is not null; end if; -- a bound of one purchase is no ration
    rationed := rationed || ration;
  end loop;
  if sum_rials is distinct from e.total_rials then refusal := 'basket.sum'; end if;
end $$;

-- What so much costs at a price of one piece, or of 1,000 grams or millilitres. Null: it has no price.
create function worth_of(price bigint, quantity bigint, unit text) returns numeric language sql immutable as $$
  select floor(price::numeric * quantity / case unit when '00' then 1 else 1000 end)
$$;
