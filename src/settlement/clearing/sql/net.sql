-- One shard's nets: what the day's journal put on each shop's payable, less fees, and what earlier days left open.
-- $1 day, $2 shard, $3 shards.
with terms as (
  select * from settlement_terms where valid_from <= $1::date order by valid_from desc limit 1
), moved as (
  select merchant_id,
         count(*) filter (where kind = 'purchase') as purchases,
         coalesce(sum(voucher_rials) filter (where kind = 'purchase'), 0) as purchase_voucher,
         coalesce(sum(card_rials) filter (where kind = 'purchase'), 0) as purchase_card,
         count(*) filter (where kind = 'return') as returns,
         coalesce(sum(voucher_rials) filter (where kind = 'return'), 0) as return_voucher,
         coalesce(sum(card_rials) filter (where kind = 'return'), 0) as return_card,
         count(*) filter (where kind = 'reversal') as reversals,
         coalesce(sum(voucher_rials) filter (where kind = 'reversal'), 0) as reversal_voucher,
         coalesce(sum(card_rials) filter (where kind = 'reversal'), 0) as reversal_card
    from settlement_movements
   where business_day = $1::date and mod(abs(hashtext(merchant_id)::bigint), $3) = $2
   group by merchant_id
), settled as (
  -- The card part is ours to pay only where the programme says so; else the acquirer settles it.
  select merchant_id, purchases, returns, reversals,
         purchase_voucher + case when settle_card_part then purchase_card else 0 end as purchase_rials,
         return_voucher + case when settle_card_part then return_card else 0 end as return_rials,
         reversal_voucher + case when settle_card_part then reversal_card else 0 end as reversal_rials,
         purchases * fee_fixed_rials + div(purchase_voucher * fee_basis_points, 10000) as fee_rials
    from moved cross join terms
), taken as (
  update payable_carries set consumed_day = $1
   where consumed_day is null and not blocked and created_day < $1
     and mod(abs(hashtext(merchant_id)::bigint), $3) = $2
  returning merchant_id, rials
), carried as (
  select merchant_id, sum(rials) as rials from taken group by merchant_id
)
insert into merchant_nets
  (merchant_id, business_day, purchases, purchase_rials, returns, return_rials, reversals, reversal_rials, fee_rials,
   carried_rials, net_rials)
select merchant_id, $1::date, coalesce(purchases, 0), coalesce(purchase_rials, 0), coalesce(returns, 0), coalesce(return_rials, 0),
       coalesce(reversals, 0), coalesce(reversal_rials, 0), coalesce(fee_rials, 0), coalesce(rials, 0),
       coalesce(purchase_rials - return_rials - reversal_rials - fee_rials, 0) + coalesce(rials, 0)
  from settled full join carried using (merchant_id);
