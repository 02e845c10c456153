-- What goods a programme's credit pays, how much of each a person, at which price, and who may sell it (docs/decisions/0092). One person
-- proposes a basket, another approves it, and it holds from its day on until a later one of its programme does.
create table basket_proposals (
  proposal_id    bigint generated always as identity primary key,
  programme_id   text   not null references programmes,
  valid_from     date   not null,
  basket         jsonb,                            -- as the file has it (src/ledger/programmes/file.ts); null: what was to begin on that day is withdrawn
  reason         text   not null check (length(reason) between 5 and 1000),
  proposed_by    text   not null check (proposed_by <> ''),
  proposed_by_id bigint references persons,
  proposed_at    timestamptz not null,
  verdict        text check (verdict in ('approved', 'rejected')),
  decided_by     text,
  decided_by_id  bigint references persons,
  decided_at     timestamptz,
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decided_at is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by)),
  check (verdict is distinct from 'approved' or decided_by_id <> proposed_by_id)
);
-- Who approves sees what will hold: one at a time waits for a day.
create unique index basket_proposals_open on basket_proposals (programme_id, valid_from) where verdict is null;
create trigger fill_person_ids before insert or update on basket_proposals
  for each row execute function fill_person_ids('proposed_by', 'decided_by');

create table programme_baskets (
  basket_id      bigint primary key references basket_proposals,
  programme_id   text   not null references programmes,
  valid_from     date   not null,
  method         text   not null check (method in ('free', 'fixed')), -- fixed: only goods of its items are paid
  without_list   text   not null check (without_list in ('pay', 'refuse')), -- a purchase that does not say its goods
  own_guilds     boolean not null,                 -- it says itself who may sell what; else guild_goods does
  observe_prices boolean not null,                 -- lines are kept, for price observations
  unique (programme_id, valid_from)
);

-- One ration or price over a group of goods: any of these oils.
create table programme_basket_items (
  basket_id     bigint not null references programme_baskets on delete cascade,
  item          text   not null check (item ~ '^[a-z][a-z0-9-]{1,39}$'), -- never two digits: categories have their own rations
  name_fa       text   not null,
  unit          text   check (unit in ('00', '01', '02')),
  per_person    bigint check (per_person > 0),     -- pieces, grams or millilitres a member and period
  per_purchase  bigint check (per_purchase > 0),
  price_rials   bigint check (price_rials > 0),    -- fixed, of a piece or of 1,000 grams or millilitres
  voucher_rials bigint check (voucher_rials > 0),  -- what the voucher pays of that at most; the customer adds the rest
  over_price    text   not null check (over_price in ('split', 'refuse')),
  over_quantity text   not null check (over_quantity in ('split', 'refuse')),
  primary key (basket_id, item),
  check (unit is not null or num_nonnulls(per_person, per_purchase, price_rials, voucher_rials) = 0),
  check (voucher_rials <= price_rials)
);

-- Goods of an item, by code or by category; `each`: what a piece counts for, in the unit of the item.
create table programme_basket_goods (
  basket_id bigint not null,
  code      text   not null check (code ~ '^(\d{2}|\d{13})$'),
  item      text   not null,
  each      bigint check (each > 0),
  primary key (basket_id, code),
  foreign key (basket_id, item) references programme_basket_items on delete cascade
);

create table programme_basket_guilds (
  basket_id bigint not null references programme_baskets on delete cascade,
  guild     text   not null,
  code      text   not null check (code ~ '^(\d{2}|\d{13})$'),
  primary key (basket_id, guild, code)
);

-- The first day of any basket of a programme; null: it has none, and a purchase asks nothing.
alter table programmes add column baskets_from date;

alter table transactions
  add column about text,                           -- the good for which it was refused: its code and name
  add column lines jsonb;                          -- what was bought, where a basket says that prices are observed
alter table quotes add column lines jsonb;

-- What has begun stays: who approves says what holds from tomorrow on, at the earliest.
create function decide_basket_proposal() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.verdict, new.decided_by, new.decided_at) > 0 then
      raise exception 'a basket is proposed first' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if old.verdict is not null then raise exception 'basket % was % before', old.proposal_id, old.verdict using errcode = 'check_violation'; end if;
  if (new.programme_id, new.valid_from, new.basket, new.proposed_by) is distinct from (old.programme_id, old.valid_from, old.basket, old.proposed_by) then
    raise exception 'what is proposed stays as it is' using errcode = 'check_violation';
  end if;
  if new.verdict = 'approved' and new.valid_from <= database_today() then
    raise exception 'basket % would begin on %, which has begun', new.proposal_id, new.valid_from using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger decide_basket_proposal before insert or update on basket_proposals for each row execute function decide_basket_proposal();

-- The rows of a basket, as its file has it.
create function write_basket(id bigint, programme text, from_day date, basket jsonb) returns void language plpgsql as $$
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
  update programmes set baskets_from = (select min(valid_from) from programme_baskets b where b.programme_id = programme)
   where programme_id = programme;
end $$;
revoke execute on function write_basket(bigint, text, date, jsonb) from public;

create function apply_basket_proposal() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform write_basket(new.proposal_id, new.programme_id, new.valid_from, new.basket);
  return null;
end $$;
create trigger apply_basket_proposal after update of verdict on basket_proposals for each row
  when (new.verdict = 'approved') execute function apply_basket_proposal();

create function audit_basket_proposal() returns trigger language plpgsql as $$
begin
  perform audit_act(case when new.verdict is null then new.proposed_by else new.decided_by end,
                    'basket.' || coalesce(new.verdict, 'proposed'), 'basket:' || new.proposal_id,
                    jsonb_build_object('programme', new.programme_id, 'from', new.valid_from, 'basket', new.basket), new.reason);
  return null;
end $$;
create constraint trigger audit_basket_proposal after insert or update of verdict on basket_proposals deferrable initially deferred
  for each row execute function audit_basket_proposal();
