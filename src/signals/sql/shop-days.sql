-- The closed day $1 of each shop in one row.
insert into signal_shop_days
select $1::date, merchant_id, purchases, voucher_rials, wholes, rounds, unlisted, coalesce(backs, 0), terminals
  from (select merchant_id, count(*) as purchases, sum(voucher_rials) as voucher_rials, count(*) filter (where left_rials < 10000) as wholes,
               count(*) filter (where total_rials % 1000000 = 0) as rounds, count(*) filter (where unlisted) as unlisted,
               array_agg(distinct terminal_id order by terminal_id) as terminals
          from voucher_sales where business_day = $1::date group by merchant_id) sold
  left join (select merchant_id, count(*) as backs from transactions
              where business_day = $1::date and kind in ('return', 'reversal') and state = 'approved' group by merchant_id) back using (merchant_id)
on conflict do nothing
