-- What a making rests on is proved before it, and looked at again after it.

-- Of each shard of a day's shops: how many postings its nets were made of, and a digest of them, whatever their order.
alter table clearing_shards add column postings bigint, add column digest numeric;
create function posting_hash(p postings) returns numeric language sql immutable as $$
  select hash_record_extended(row((p).household_id, (p).transaction_id, (p).line, (p).business_day, (p).at, (p).kind, (p).merchant_id,
    (p).bucket_id, (p).programme_fund, (p).household_voucher, (p).merchant_payable, (p).card_clearing, (p).merchant_card,
    (p).cash_note, (p).merchant_cash, (p).fees, (p).suspense), 0)::numeric
$$;
create function journal_digest(day date, shard int, shards int) returns table (postings bigint, digest numeric) language sql stable as $$
  select count(*), coalesce(sum(posting_hash(p)), 0) from postings p
   where p.business_day = day and p.merchant_id is not null and mod(abs(hashtext(p.merchant_id)::bigint), shards) = shard
$$;

-- The same of the orders of a payment file: shop, Sheba, name and rials of each stay what was made.
alter table payment_files add column digest numeric, add column withdrawn_at timestamptz;
create function order_hash(o payment_orders) returns numeric language sql immutable as $$
  select hash_record_extended(row((o).merchant_id, (o).business_day, (o).part, (o).instruction_id, (o).position, (o).sheba, (o).name,
    (o).creditor_id, (o).amount_rials, (o).rail), 0)::numeric
$$;
create index payment_orders_day on payment_orders using brin (business_day);
create index settlement_postings_day on settlement_postings using brin (business_day);

-- The same of the breaks that a file raised.
alter table acquirer_files add column breaks int, add column break_rials numeric;
alter table breaks add column raised_by bigint;
create index breaks_raised_by on breaks (raised_by);

alter table clearings add column findings jsonb;         -- what stopped the making when it was tried last

-- What does not add up stops the next making. Two people may let it go on: for these findings, and no others.
create table clearing_waivers (
  waiver_id    bigint generated always as identity primary key,
  business_day date not null references clearings,
  findings     text not null,                       -- SHA-256 of them
  detail       jsonb not null,
  reason       text not null check (reason <> ''),
  proposed_by  text not null check (proposed_by <> ''),
  proposed_at  timestamptz not null default now(),
  verdict      text check (verdict in ('approved', 'rejected')),
  decided_by   text,
  decided_at   timestamptz,
  check ((verdict is null) = (decided_by is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by))
);
create unique index clearing_waivers_open on clearing_waivers (business_day) where verdict is null;
