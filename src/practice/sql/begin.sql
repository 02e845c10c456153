-- The household's credit is what the lesson wants: what is left goes back to its fund, and the lesson's amount is given. Each a posting.
-- $1 household, $2 programme, $3 rials, $4 business day, $5 ms now, $6 today, $7 valid to
with old as (
  update buckets b set expired_rials = expired_rials + o.open, swept = (held_rials = 0)
    from (select household_id, bucket_id, amount_rials - spent_rials - held_rials - expired_rials as open from buckets
           where household_id = $1 and amount_rials > spent_rials + held_rials + expired_rials) o
   where b.household_id = o.household_id and b.bucket_id = o.bucket_id
  returning b.household_id, b.bucket_id, o.open),
fresh as (
  insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
  values ($1, $2, 'lesson ' || nextval('bucket_ids'), $3, $6, $7) returning household_id, bucket_id, amount_rials)
insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
select household_id, nextval('transaction_ids'), 1, $4::date, $5::bigint, 'expiry', bucket_id, open, -open from old
union all
select household_id, nextval('transaction_ids'), 1, $4::date, $5::bigint, 'allocation', bucket_id, -amount_rials, amount_rials from fresh
