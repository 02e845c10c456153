-- Reference data and credit (wire.md 6, files.md). Rules are dated data, never constants in code.
create table programmes (
  programme_id text primary key
);

-- The rules of a programme from a day on. Limits are of voucher rials; null: none.
create table programme_rules (
  programme_id         text   not null references programmes,
  valid_from           date   not null,
  pin_check            text   not null default 'issuer' check (pin_check in ('issuer', 'none')),
  min_card_rials       bigint not null default 0 check (min_card_rials >= 0),
  confirmation         text   not null default 'none' check (confirmation in ('none', 'required')),
  confirm_within_ms    bigint not null default 300000 check (confirm_within_ms > 0),
  max_purchase_rials   bigint check (max_purchase_rials > 0),
  max_day_rials        bigint check (max_day_rials > 0),
  max_day_purchases    int    check (max_day_purchases > 0),
  max_period_rials     bigint check (max_period_rials > 0),
  min_software_version text   check (min_software_version ~ '^\d{1,6}(\.\d{1,6}){0,3}$'),
  -- what is left of a period at its end goes on into the next, or back to the programme
  carry_over           boolean not null default false,
  limited boolean generated always as (
    num_nonnulls(max_purchase_rials, max_day_rials, max_day_purchases, max_period_rials) > 0) stored,
  primary key (programme_id, valid_from)
);

create table merchants (
  merchant_id text primary key check (merchant_id ~ '^\d{15}$'),
  name        text not null,
  guild       text not null,
  sheba       text not null,
  status      text not null check (status in ('applied', 'approved', 'suspended'))
);

create table terminals (
  terminal_id      text primary key check (terminal_id ~ '^\d{8}$'),
  merchant_id      text not null references merchants,
  profile          text not null default 'native',
  key_scheme       text,
  software_version text,
  status           text not null default 'active' check (status in ('active', 'disabled'))
);

create table households (
  household_id text primary key check (household_id ~ '^[0-9A-Za-z]{1,20}$'),
  members      int  not null check (members > 0),
  decile       int  check (decile between 1 and 10),
  status       text not null default 'active' check (status in ('active', 'blocked', 'expired'))
);

create table cards (
  pan_hash     bytea primary key check (length(pan_hash) = 32),
  masked       text not null,
  household_id text not null references households
);

-- Goods by GTIN or goods code (n13, zero-padded). A cap is of one piece, or of 1,000 grams or millilitres.
create table goods (
  code            text not null check (code ~ '^\d{13}$'),
  category        text not null check (category ~ '^\d{2}$'),
  name_fa         text not null,
  unit            text check (unit in ('00', '01', '02')),
  price_cap_rials bigint check (price_cap_rials > 0),
  valid_from      date not null,
  valid_to        date not null default 'infinity',
  primary key (code, valid_from),
  check (valid_from <= valid_to)
);

-- Which categories a guild may sell for voucher credit.
create table guild_goods (
  guild    text not null,
  category text not null check (category ~ '^\d{2}$'),
  primary key (guild, category)
);

-- Quantity entitlements beside the money: grams, millilitres or pieces of a category, per member and period.
create table entitlements (
  programme_id        text   not null references programmes,
  category            text   not null check (category ~ '^\d{2}$'),
  period              text   not null,
  quantity_per_member bigint not null check (quantity_per_member > 0),
  primary key (programme_id, category, period)
);

create table entitlement_uses (
  household_id text   not null,
  programme_id text   not null,
  category     text   not null,
  period       text   not null,
  quantity     bigint not null check (quantity >= 0),
  primary key (household_id, programme_id, category, period)
);

create sequence bucket_ids;

-- Credit: what a household may spend of a programme in a period. Open credit = amount - spent - held - expired.
create table buckets (
  household_id  text   not null,              -- no foreign keys: a load of a million checks its rows as a set (load/kinds.ts)
  bucket_id     bigint not null default nextval('bucket_ids'),
  programme_id  text   not null,
  period        text   not null,
  amount_rials  bigint not null check (amount_rials >= 0),
  spent_rials   bigint not null default 0 check (spent_rials >= 0),
  held_rials    bigint not null default 0 check (held_rials >= 0),
  expired_rials bigint not null default 0 check (expired_rials >= 0),
  valid_from    date   not null,
  valid_to      date   not null,
  -- nothing is left to expire; what comes back later makes it false again
  swept         boolean not null default false,
  primary key (household_id, bucket_id),
  unique (household_id, programme_id, period),
  check (valid_from <= valid_to),
  constraint credit_never_below_zero check (spent_rials + held_rials + expired_rials <= amount_rials)
) with (fillfactor = 80);
-- Not over the amounts: every purchase would have to touch it.
create index buckets_to_expire on buckets (valid_to, household_id, bucket_id) where not swept;
