-- By which rules credit was decided: of each bucket its programme, and the version that held on the day. $1 household, $2 buckets, $3 day in Tehran.
-- Without buckets: the first programme, whose rules hold where no credit is drawn on.
select b.bucket_id::text as bucket, p.programme_id as programme, b.period, b.valid_from::text as "validFrom", b.valid_to::text as "validTo",
       r.valid_from::text as version, r.pin_check as "pinCheck", r.min_card_rials::text as "minCard", r.min_card_as as "minCardAs", r.confirmation,
       r.max_purchase_rials::text as "maxPurchase", r.max_day_rials::text as "maxDay", r.max_day_purchases as "maxDayPurchases", r.max_period_rials::text as "maxPeriod"
  from (select bucket_id, programme_id, period, valid_from, valid_to from buckets where household_id = $1 and bucket_id = any ($2::bigint[])
        union all
        select null, min(programme_id), null, null, null from programmes where cardinality($2::bigint[]) = 0) b
  join programmes p on p.programme_id = b.programme_id
  left join lateral (select * from programme_rules r where r.programme_id = p.programme_id and r.valid_from <= $3::date order by r.valid_from desc limit 1) r on true
