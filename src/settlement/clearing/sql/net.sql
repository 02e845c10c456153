-- One shard's nets: what the day's journal put on each shop's payable, less fees, and what earlier days left open. With it, of the same
-- pass, how many postings each was made of and their digest: whoever changes one later is noticed. And of each fee by a table, whose it is.
-- $1 day, $2 shard, $3 shards.
with settled as (
  select * from settlement_day($1::date, $2::int, $3::int)
), taken as (
  update payable_carries set consumed_day = $1
   where consumed_day is null and not blocked and created_day < $1
     and mod(abs(hashtext(merchant_id)::bigint), $3) = $2
  returning merchant_id, rials
), carried as (
  select merchant_id, sum(rials) as rials from taken group by merchant_id
), netted as (
  insert into merchant_nets
    (merchant_id, business_day, purchases, purchase_rials, returns, return_rials, reversals, reversal_rials, fee_rials,
     carried_rials, net_rials, postings, digest)
  select merchant_id, $1::date, coalesce(purchases, 0), coalesce(purchase_rials, 0), coalesce(returns, 0), coalesce(return_rials, 0),
         coalesce(reversals, 0), coalesce(reversal_rials, 0), coalesce(fee_rials, 0), coalesce(rials, 0),
         coalesce(purchase_rials - return_rials - reversal_rials - fee_rials, 0) + coalesce(rials, 0),
         coalesce(postings, 0), coalesce(digest, 0)
    from settled full join carried using (merchant_id)
  returning postings, digest
), fees as (
  insert into net_fees (merchant_id, business_day, fee, valid_from, payee, account, purchases, fee_rials, in_net)
  select merchant_id, $1::date, fee, valid_from, payee, account, purchases, fee_rials, true from fee_lines($1::date, $2::int, $3::int)
   where (purchases, fee_rials) <> (0, 0)
  union all
  select merchant_id, $1::date, fee, valid_from, payee, account, purchases, fee_rials, false from card_fee_lines($1::date, $2::int, $3::int)
   where (purchases, fee_rials) <> (0, 0)
)
update clearing_shards
   set (merchants, postings, digest) = (select count(*), coalesce(sum(postings), 0), coalesce(sum(digest), 0) from netted)
 where business_day = $1::date and shard = $2;
