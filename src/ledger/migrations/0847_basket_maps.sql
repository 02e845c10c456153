-- What baskets say from a day on, as one value that a batch of purchases reads with the rest of what it needs. `lists`: some programme refuses
-- purchases that do not say their goods.
create table basket_maps (
  from_day date primary key,
  baskets  jsonb   not null,
  observes boolean not null,
  lists    boolean not null
);

create or replace function write_basket(id bigint, programme text, from_day date, basket jsonb) returns void language plpgsql as $$
begin
  delete from programme_baskets where programme_id = programme and valid_from = from_day;
  if basket is not null then
    insert into programme_baskets
    select id, programme, from_day, basket ->> 'method', basket ->> 'withoutList', basket ? 'guilds', (basket ->> 'observePrices')::boolean;
    insert into programme_basket_items
    select id, i.item, i."nameFa", i.unit, i."perPerson", i."perPurchase", i."priceRials", i."voucherRials", i."overPrice", i."overQuantity"
      from jsonb_to_recordset(basket -> 'items') as i (item text, "nameFa" text, unit text, "perPerson" bigint, "perPurchase" bigint,
           "priceRials" bigint, "voucherRials" bigint, "overPrice" text, "overQuantity" text);
    insert into programme_basket_goods
    select id, g ->> 'good', i ->> 'item', (g ->> 'each')::bigint
      from jsonb_array_elements(basket -> 'items') i cross join lateral jsonb_array_elements(i -> 'goods') g
    union all
    select id, c, i ->> 'item', null
      from jsonb_array_elements(basket -> 'items') i cross join lateral jsonb_array_elements_text(i -> 'categories') c;
    insert into programme_basket_guilds
    select id, key, c from jsonb_each(basket -> 'guilds') cross join lateral jsonb_array_elements_text(value) c;
  end if;
  delete from basket_maps;
  insert into basket_maps
  select d.day, jsonb_object_agg(b.programme_id, jsonb_build_object('id', b.basket_id, 'method', b.method, 'list', b.without_list = 'refuse', 'guilds', b.own_guilds)),
         bool_or(b.observe_prices), bool_or(b.without_list = 'refuse')
    from (select distinct valid_from as day from programme_baskets) d
   cross join lateral (select distinct on (o.programme_id) * from programme_baskets o where o.valid_from <= d.day
                        order by o.programme_id, o.valid_from desc) b
   group by d.day;
end $$;

insert into basket_maps
select d.day, jsonb_object_agg(b.programme_id, jsonb_build_object('id', b.basket_id, 'method', b.method, 'list', b.without_list = 'refuse', 'guilds', b.own_guilds)),
       bool_or(b.observe_prices), bool_or(b.without_list = 'refuse')
  from (select distinct valid_from as day from programme_baskets) d
 cross join lateral (select distinct on (o.programme_id) * from programme_baskets o where o.valid_from <= d.day
                      order by o.programme_id, o.valid_from desc) b
 group by d.day;
alter table programmes drop column baskets_from;
