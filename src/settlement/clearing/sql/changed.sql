-- What of a day is not what it was when it was netted and made: the postings of each shop, the orders of each file. $1 day.
with moved as (
  select * from settlement_day($1::date, 0, 1)
), netted as (
  select * from merchant_nets where business_day = $1::date
)
select $1::text as day, merchant_id as merchant,
       (coalesce(m.purchase_rials - m.return_rials - m.reversal_rials, 0)
         - coalesce(n.purchase_rials - n.return_rials - n.reversal_rials, 0))::text as rials,
       'the journal changed since it was netted: ' || coalesce(n.postings, 0) || ' postings then, ' || coalesce(m.postings, 0) || ' now' as reason
  from moved m full join netted n using (merchant_id)
 where (coalesce(n.postings, 0), coalesce(n.digest, 0)) <> (coalesce(m.postings, 0), coalesce(m.digest, 0))
   and not exists (select 1 from netted where digest is null) -- netted by a version that kept digests of whole shards
union all
select $1::text, null, '0', 'what was kept of the netted journal is not what was kept then: shard ' || s.shard
  from clearing_shards s join clearings c using (business_day)
 where s.business_day = $1::date and s.digest is not null
   and (s.postings, s.digest) <> (
     select coalesce(sum(k.postings), 0), coalesce(sum(k.digest), 0)
       from (select merchant_id, postings, digest from netted where not exists (select 1 from netted where digest is null)
             union all
             select merchant_id, postings, digest from moved where exists (select 1 from netted where digest is null)) k
      where mod(abs(hashtext(k.merchant_id)::bigint), c.shards) = s.shard)
union all
select $1::text, null, '0', 'the orders of file ' || f.message_id || ' are not those that were made'
  from payment_files f
 where f.business_day = $1::date and f.digest is not null and f.withdrawn_at is null
   and f.digest <> (select coalesce(sum(order_hash(o)), 0) from payment_orders o where o.message_id = f.message_id)
 order by 2, 4
