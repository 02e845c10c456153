-- Shops that want to join (people.md 4). A case stands where its facts say (src/shops/case.ts): `state` and `waits_…` are kept only for
-- lists. What was said once stays in shop_item_history and shop_reviews.
create table shop_rules (
  version    text primary key check (version ~ '^\d{4}-\d{1,3}$'),
  valid_from date  not null unique,
  rules      jsonb not null                       -- src/shops/rules.ts says what stands in it
);

create table shops (
  shop_id     bigint generated always as identity primary key,
  merchant_id text unique references merchants,   -- null: not approved yet
  made_at     timestamptz not null default now()
);

create table shop_cases (
  case_id      bigint generated always as identity primary key,
  number       text not null unique check (number ~ '^\d{9}$'),   -- what people say on the phone; the last digit is a check digit
  shop_id      bigint not null references shops,
  clerk        bigint references persons,         -- who typed it; null: the applicant
  rule_version text not null references shop_rules,
  name         text not null check (length(name) between 2 and 100),
  guild        text not null,
  begun_at     timestamptz not null,
  due          timestamptz not null,              -- of what the applicant has to do
  submitted_at timestamptz,
  withdrawn_at timestamptz,
  round        int not null default 1,            -- of reviews: a change of an item begins a new one
  state        text not null check (state in ('DRAFT', 'SUBMITTED', 'CHECKING', 'RETURNED', 'REVIEW_1', 'REVIEW_2', 'APPROVED', 'REFUSED', 'WITHDRAWN', 'LAPSED')),
  waits_on     text check (waits_on in ('applicant', 'registry', 'reviewer', 'system')),
  waits_since  timestamptz,
  waits_until  timestamptz,                       -- null: for ever (lapsed), or nothing is awaited
  version      int not null default 1,
  check ((waits_on is null) = (state in ('APPROVED', 'REFUSED', 'WITHDRAWN')))
);
create index shop_cases_shop on shop_cases (shop_id);

create table shop_items (
  case_id     bigint not null references shop_cases,
  code        text   not null check (code in ('guild_licence', 'owner_identity', 'tax_code', 'sheba', 'mobile', 'address', 'terminal', 'terms', 'relations')),
  state       text   not null check (state in ('not_required', 'due', 'submitted', 'verifying', 'met', 'failed', 'unknown', 'waived', 'expired')),
  version     int    not null default 0,
  since       timestamptz not null,
  value       jsonb,                              -- as submitted, normalised (src/shops/values.ts)
  reason      text,
  note        text check (length(note) <= 1000),
  valid_until timestamptz,
  next_check  timestamptz,
  checked_by  bigint references persons,          -- null: a rule or a registry
  primary key (case_id, code)
);
-- Who has said the same before: duplicates and relations.
create index shop_items_value on shop_items using gin (value jsonb_path_ops);

create table shop_item_history (
  seq      bigint generated always as identity primary key,
  case_id  bigint not null references shop_cases,
  code     text not null,
  event    text not null,
  state    text not null,
  version  int  not null,
  value    jsonb,
  reason   text,
  note     text,
  by_person bigint references persons,
  at       timestamptz not null
);
create index shop_item_history_case on shop_item_history (case_id, seq);

create table shop_reviews (
  case_id   bigint not null references shop_cases,
  round     int    not null,
  place     int    not null check (place in (1, 2)),
  person_id bigint not null references persons,
  verdict   text   not null check (verdict in ('approve', 'refuse')),
  note      text   check (length(note) <= 1000),
  at        timestamptz not null,
  primary key (case_id, round, place),
  unique (case_id, round, person_id)              -- two persons
);
create function review_is_of_another() returns trigger language plpgsql as $$
begin
  if exists (select 1 from shop_cases c where c.case_id = new.case_id and c.clerk = new.person_id) then
    raise exception 'person % typed case %', new.person_id, new.case_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger review_is_of_another before insert on shop_reviews for each row execute function review_is_of_another();

create sequence merchant_numbers;

-- Makes the merchant of a case that two persons have approved, with the owner's rights: a role at work may not write merchants, and can
-- make none but this way. The same case again gives the same merchant.
create function enrol_shop(p_case bigint) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c shop_cases;
  v_merchant text;
  item jsonb;
begin
  select * into c from shop_cases where case_id = p_case for update;
  if c.case_id is null or c.state <> 'APPROVED'
     or (select count(distinct person_id) from shop_reviews r where r.case_id = p_case and r.round = c.round and r.verdict = 'approve' and r.person_id is distinct from c.clerk) <> 2
     or exists (select 1 from shop_items i where i.case_id = p_case and i.state not in ('met', 'waived', 'not_required')) then
    raise exception 'case % is not approved by two persons', p_case using errcode = 'check_violation';
  end if;
  select merchant_id into v_merchant from shops where shop_id = c.shop_id for update;
  if v_merchant is not null then return v_merchant; end if;
  loop
    v_merchant := lpad((900000000000000 + nextval('merchant_numbers'))::text, 15, '0');
    exit when not exists (select 1 from merchants where merchant_id = v_merchant);
  end loop;
  select coalesce(jsonb_object_agg(i.code, i.value), '{}') into item from shop_items i where i.case_id = p_case and i.value is not null;
  insert into merchants (merchant_id, name, guild, guild_licence, owner_national_id, tax_code, sheba, mobile, postal_code, status)
  values (v_merchant, c.name, c.guild, item -> 'guild_licence' ->> 'number', item -> 'owner_identity' ->> 'nationalId',
          item -> 'tax_code' ->> 'code', item -> 'sheba' ->> 'sheba', item -> 'mobile' ->> 'number', item -> 'address' ->> 'postalCode', 'approved');
  update shops set merchant_id = v_merchant where shop_id = c.shop_id;
  return v_merchant;
end $$;
revoke execute on function enrol_shop(bigint) from public;

insert into shop_rules (version, valid_from, rules) values ('1405-1', '2026-03-21', '{
  "guilds": [
    {"code": "supermarket", "fa": "سوپرمارکت", "en": "Supermarket"},
    {"code": "grocery", "fa": "خواربارفروشی", "en": "Grocery"},
    {"code": "dairy", "fa": "لبنیات‌فروشی", "en": "Dairy"},
    {"code": "butcher", "fa": "قصابی و پروتئین", "en": "Butcher"},
    {"code": "chain", "fa": "فروشگاه زنجیره‌ای", "en": "Chain store"},
    {"code": "cooperative", "fa": "تعاونی مصرف", "en": "Consumers’ cooperative"}
  ],
  "items": ["guild_licence", "owner_identity", "tax_code", "sheba", "mobile", "address", "terminal", "terms", "relations"],
  "terms": "1405-1",
  "draftDays": 30,
  "answerDays": 10,
  "reviewHours": 48
}');
