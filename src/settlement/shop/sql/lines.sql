-- What moved on one shop's account on some business days: a row a transaction, a day and a direction. $1 shop, $2 first day, $3 last day.
-- Only the shop's own rows, by indexes that are there: purchases by the names under which they came (primary key of requests) and
-- the primary key of postings; what takes them back by postings_back. A purchase may end up to three days after it was asked for.
-- The days stand as constants beside each join, so that no other day's partition is even planned.
with asked as (
  select distinct household_id, transaction_id, business_day as asked_on
    from requests where merchant_id = $1 and business_day between $2::date - 3 and $3::date
), moved as (
  select p.*
    from asked a
    join postings p on p.household_id = a.household_id and p.transaction_id = a.transaction_id
                   and p.business_day between a.asked_on and a.asked_on + 3
   where p.merchant_id = $1 and p.kind = 'purchase' and p.business_day between $2::date and $3::date
  union all
  select p.* from postings p
   where p.merchant_id = $1 and p.kind in ('return', 'reversal') and p.business_day between $2::date and $3::date
), summed as (
  select household_id, transaction_id, business_day, min(at) as at,
         case when merchant_payable + merchant_card + merchant_cash < 0 then case kind when 'return' then kind else 'reversal' end
              else case kind when 'purchase' then kind else 'return-reversal' end end as kind,
         sum(merchant_payable) as voucher, sum(merchant_card) as card, sum(merchant_cash) as cash, sum(fees) as network_fee
    from moved group by 1, 2, 3, 5
), tables as materialized (
  select d.business_day, f.* from (select distinct business_day from summed) d cross join lateral fee_tables_on(d.business_day) f
   where guild_on($1, d.business_day) <> all (f.exempt)
)
select s.business_day::text as day, s.kind, s.household_id as household, s.transaction_id::text as id, coalesce(t.at, s.at)::float8 as at,
       coalesce(t.rrn, '') as rrn, coalesce(t.terminal_id, '') as terminal, coalesce(t.masked, '') as masked,
       s.voucher::text, s.card::text, s.cash::text, s.network_fee::text as "networkFee",
       coalesce(t.given_voucher + t.given_card + t.given_cash, 0)::text as "givenBack",
       t.original_id::text as "originalId", t.original_day::text as "originalDay",
       x.settle_card_part as "cardIsOurs", x.fee_fixed_rials::text as "feeFixed", x.fee_basis_points as "feeBasisPoints",
       case when s.kind = 'purchase' then (
         select jsonb_object_agg(f.fee, fee_of(f.bands, fee_base(f.base, s.voucher, s.card + s.network_fee, s.cash))::text)
           from tables f where f.business_day = s.business_day) end as "tableFees"
  from summed s
  left join lateral (
    select r.* from transactions r
     where r.household_id = s.household_id and r.transaction_id = s.transaction_id
       and r.business_day between s.business_day - 3 and s.business_day and r.business_day between $2::date - 3 and $3::date
     order by r.business_day desc limit 1) t on true
  cross join lateral terms_on(s.business_day) x
 order by s.business_day, s.transaction_id, s.kind
