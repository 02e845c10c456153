-- Payment files, the newest first. $1 before which business day and $2 which file of it (null: from the newest on), $3 limit, $4 business day,
-- $5 state (written, released, leaving, delivered, withdrawn), $6 one file; each may be null.
select * from (
  select f.message_id as id, f.business_day::text as day, f.rail, f.orders, f.sum_rials::text as rials, f.created_on::text as "createdOn",
         f.pay_on::text as "payOn", f.cycle, f.sha256, f.bytes::text, f.written_at as "writtenAt", f.leaving_at as "leavingAt",
         f.delivered_at as "deliveredAt", f.withdrawn_at as "withdrawnAt", f.again_by as "againBy", f.again_reason as "againReason", f.receipt,
         c.maker, c.checker, c.released_at as "releasedAt", c.version, c.error,
         case when f.withdrawn_at is not null then 'withdrawn' when f.delivered_at is not null then 'delivered'
              when f.leaving_at is not null then 'leaving' when c.released_at is not null then 'released'
              when f.written_at is not null then 'written' else 'made' end as state
    from payment_files f join clearings c using (business_day)
   where ($1::date is null or (f.business_day, f.message_id) < ($1::date, $2)) and ($4::date is null or f.business_day = $4)
     and ($6::text is null or f.message_id = $6)) f
 where $5::text is null or state = $5
 order by day desc, id desc limit $3
