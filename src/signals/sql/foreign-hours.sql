-- Sales while shops of the guild are closed. Hours are of Tehran, which is UTC+3:30 all year.
with sales as (
  select s.*, m.guild, (s.at / 60000 + 210) / 60 % 24 as hour,
         coalesce($2::jsonb -> 'hours' -> m.guild, $2::jsonb -> 'hours' -> '*') as open
    from voucher_sales s join merchants m using (merchant_id) where s.business_day = $1::date)
select merchant_id, count(*)::int as purchases, sum(voucher_rials)::bigint as rials,
       jsonb_build_object('guild', min(guild), 'open', min(open::text)::jsonb, 'hours', array_agg(distinct hour order by hour)) as figures,
       (array_agg(rrn order by at, transaction_id))[:200] as rrns
  from sales
 where hour < (open ->> 0)::int or hour >= (open ->> 1)::int
 group by merchant_id
having count(*) >= ($2::jsonb ->> 'purchases')::int
