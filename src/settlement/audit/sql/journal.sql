-- A day's journal against the transactions that it is of: whatever it says of shops must be what was decided, tender by tender, bucket
-- by bucket, for the shop it was decided for; and whatever was decided must be there. A row a shop that a fault is about. $1 day.
with told as (
  -- A purchase that ended on a later day than it began is posted on the later: its transaction is found by its key.
  select p.*, t.transaction_id is not null as known, t.kind as t_kind, t.state, t.voucher_rials - coalesce(t.short_rials, 0) as voucher_rials, t.card_rials as t_card, t.cash_rials as t_cash,
         t.fee_rials, t.bucket_ids, t.take_rials, t.merchant_id as t_merchant, t.original_id, t.original_day
    from postings p
    left join transactions t on t.household_id = p.household_id and t.transaction_id = p.transaction_id and t.business_day = $1::date
   where p.business_day = $1::date
     and (p.merchant_id is not null or p.kind in ('purchase', 'return', 'reversal')
          or (p.merchant_payable, p.merchant_card, p.merchant_cash, p.card_clearing, p.suspense) <> (0, 0, 0, 0, 0))
), elsewhere as (
  select p.household_id, p.transaction_id, p.line, p.kind, p.merchant_id, p.bucket_id, p.programme_fund, p.household_voucher,
         p.merchant_payable, p.card_clearing, p.merchant_card, p.merchant_cash, p.fees, p.suspense,
         t.transaction_id is not null as known, t.kind as t_kind, t.state, t.voucher_rials - coalesce(t.short_rials, 0) as voucher_rials, t.card_rials as t_card, t.cash_rials as t_cash,
         t.fee_rials, t.bucket_ids, t.take_rials, t.merchant_id as t_merchant, t.original_id, t.original_day
    from told p
    left join lateral (select * from transactions t where t.household_id = p.household_id and t.transaction_id = p.transaction_id
                         and t.business_day < $1::date order by t.business_day desc limit 1) t on true
   where not p.known
), every as (
  select household_id, transaction_id, line, kind, merchant_id, bucket_id, programme_fund, household_voucher,
         merchant_payable, card_clearing, merchant_card, merchant_cash, fees, suspense,
         known, t_kind, state, voucher_rials, t_card, t_cash, fee_rials, bucket_ids, take_rials, t_merchant, original_id, original_day
    from told where known
  union all
  select * from elsewhere
), signed as (
  select e.*, case when t_kind = 'purchase' or o.kind = 'return' then 1 else -1 end as sign, coalesce(o.merchant_id, e.t_merchant) as shop
    from every e
    -- of a reversal: what it reverses, whose shop it is
    left join lateral (select * from transactions o where e.t_kind = 'reversal' and o.household_id = e.household_id
                          and o.transaction_id = e.original_id and o.business_day = e.original_day) o on true
), summed as (
  select household_id, transaction_id, min(shop) as shop, min(t_kind) as t_kind, bool_and(known) as known,
         bool_and(state in ('approved', 'reversed')) as stands, bool_and(kind = t_kind) as decided, bool_and(merchant_id = shop) as of_shop,
         -- credit that a reversal took later than its day stands in lines after those of its own
         bool_and(case when line <= cardinality(bucket_ids) or t_kind = 'purchase'
                       then bucket_id is not distinct from bucket_ids[line] and household_voucher = -sign * coalesce(take_rials[line], 0)
                       else true end) as lined,
         min(sign) as sign, min(voucher_rials) as t_voucher, min(t_card) as t_card, min(t_cash) as t_cash, min(fee_rials) as t_fee,
         array[sum(merchant_payable + suspense), sum(household_voucher), sum(merchant_card + fees), sum(card_clearing), sum(merchant_cash),
               sum(fees), sum(greatest(suspense, 0)), sum(abs(programme_fund))] as sums
    from signed group by household_id, transaction_id
), judged as (
  -- More out of suspense than into it holds its shop alone (decide.sql), so it is not told here.
  select s.*, coalesce(w.sums, s.sums) as rials,
         array[sign * t_voucher, -sign * t_voucher, sign * t_card, -sign * t_card, sign * t_cash, sign * t_fee, 0, 0]::numeric[] as wanted
    from summed s
    left join lateral (
      select array[sum(merchant_payable + suspense), sum(household_voucher), sum(merchant_card + fees), sum(card_clearing), sum(merchant_cash),
                   sum(fees), sum(greatest(suspense, 0)), sum(abs(programme_fund))] as sums
        from postings p where s.t_kind = 'reversal' and p.household_id = s.household_id and p.transaction_id = s.transaction_id) w
      on s.t_kind = 'reversal'
), faults as (
  select household_id, transaction_id, shop, t_kind, case when stands then wanted[1] end as wanted_rials,
         case when not known then 'has postings and does not exist'
              when not (decided and stands) then 'has postings, and did not decide them'
              when of_shop is not true then 'is posted to another shop than it was made at'
              when rials <> wanted or not lined then 'is posted with other rials than were decided' end as fault
    from judged
)
-- Of each shop that it is about, the one that has the postings and the one that should have them: by how many rials it has too much.
select s.shop as merchant, (s.posted - case when s.shop = f.shop then coalesce(f.wanted_rials, 0) else 0 end)::text as rials,
       'transaction ' || f.transaction_id || ' of household ' || f.household_id || ' ' || f.fault as reason
  from faults f
 cross join lateral (
   select shop, sum(rials) as posted, count(shop) over () as named
     from (select merchant_id as shop, merchant_payable + suspense as rials from postings p
            where p.household_id = f.household_id and p.transaction_id = f.transaction_id
              and (p.business_day = $1::date or f.t_kind = 'reversal')
           union all
           select f.shop, 0) as each_shop
    group by shop) as s
 where f.fault is not null
   and (s.shop is not null or s.posted <> 0 or s.named = 0) -- of no shop at all: it concerns everybody
union all
select coalesce((select o.merchant_id from transactions o where t.kind = 'reversal' and o.household_id = t.household_id
                    and o.transaction_id = t.original_id and o.business_day = t.original_day), t.merchant_id),
       (t.voucher_rials + t.card_rials)::text,
       'transaction ' || t.transaction_id || ' of household ' || t.household_id || ' was approved, and is not posted'
  from transactions t
 where t.business_day = $1::date and t.kind in ('purchase', 'return', 'reversal') and t.state in ('approved', 'reversed')
   and t.voucher_rials - coalesce(t.short_rials, 0) + t.card_rials + t.cash_rials > 0 -- what is short moves nothing (decision 14)
   and not exists (select 1 from postings p where p.household_id = t.household_id and p.transaction_id = t.transaction_id
                      and p.business_day = $1::date)
   and not exists (select 1 from postings p where p.household_id = t.household_id and p.transaction_id = t.transaction_id
                      and p.business_day > $1::date)
   -- the reversal of an ordinary purchase is the bank's alone
   and not exists (select 1 from transactions o where t.kind = 'reversal' and o.household_id = t.household_id
                      and o.transaction_id = t.original_id and o.business_day = t.original_day and o.kind = 'forward')
 order by 3, 1 limit 1001
