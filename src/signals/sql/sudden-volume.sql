-- A shop within its first days of trade that sells many times the median of its guild. Who traded on the first day of our books is no
-- new shop: it is our books that are new.
with day as (
  select d.*, m.guild from signal_shop_days d join merchants m using (merchant_id) where d.business_day = $1::date),
guilds as (
  select guild, count(*) as shops, percentile_disc(0.5) within group (order by voucher_rials) as median from day group by guild),
news as (
  select d.*, g.median, b.began
    from day d join guilds g using (guild)
   cross join lateral (select min(business_day) as began from signal_shop_days f where f.merchant_id = d.merchant_id) b
   where d.voucher_rials >= greatest(($2::jsonb ->> 'times')::int * g.median, ($2::jsonb ->> 'leastRials')::bigint) and g.shops > ($2::jsonb ->> 'peers')::int
     and b.began > $1::date - ($2::jsonb ->> 'newDays')::int and b.began > (select min(business_day) from signal_shop_days))
select merchant_id, purchases::int, voucher_rials::bigint as rials,
       jsonb_build_object('guild', guild, 'firstDay', began, 'medianRials', median::text, 'times', voucher_rials / greatest(median, 1)) as figures,
       (select array_agg(rrn) from (select s.rrn from voucher_sales s where s.business_day = $1::date and s.merchant_id = n.merchant_id
                                     order by s.voucher_rials desc, s.rrn limit 200) biggest) as rrns
  from news n
