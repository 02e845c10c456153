-- What goods cost where: a row a business day, good, shop and unit, added up from the lines of purchases after the day's close and never on
-- their path (src/ledger/prices, docs/programmes.md). Only days on which a basket has prices observed.
create table price_days (
  business_day date   not null,
  good         text   not null,
  merchant_id  text   not null,
  unit         text   not null check (unit in ('00', '01', '02')),
  lines        int    not null check (lines > 0),
  quantity     bigint not null check (quantity > 0),
  rials        bigint not null check (rials > 0),
  -- of a piece, or of 1,000 grams or millilitres
  least_rials  bigint not null,
  most_rials   bigint not null check (most_rials >= least_rials),
  primary key (business_day, good, merchant_id, unit)
);

-- How far each day was read: a page and its place are one transaction, so that a page counts once.
create table price_progress (
  business_day    date primary key,
  after_household text    not null default '',
  done            boolean not null default false
);
