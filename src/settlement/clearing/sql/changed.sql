-- What of a day is not what it was when it was netted and made. $1 day.
select 'the journal changed since it was netted: ' || s.postings || ' postings of shard ' || s.shard || ' then, ' || j.postings || ' now' as what
  from clearing_shards s join clearings c using (business_day)
 cross join lateral journal_digest(s.business_day, s.shard, c.shards) j
 where s.business_day = $1::date and s.digest is not null and (s.postings, s.digest) <> (j.postings, j.digest)
union all
select 'the orders of file ' || f.message_id || ' are not those that were made'
  from payment_files f
 where f.business_day = $1::date and f.digest is not null and f.withdrawn_at is null
   and f.digest <> (select coalesce(sum(order_hash(o)), 0) from payment_orders o where o.message_id = f.message_id)
