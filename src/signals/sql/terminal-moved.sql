-- Terminals that sold for another shop within some days before.
with today as (
  select merchant_id, terminal from signal_shop_days, unnest(terminals) as terminal where business_day = $1::date),
moved as (
  select t.merchant_id, t.terminal, max(b.business_day) as last_day, (array_agg(b.merchant_id order by b.business_day desc))[1] as other
    from today t
    join (select business_day, merchant_id, terminal from signal_shop_days, unnest(terminals) as terminal
           where business_day >= $1::date - ($2::jsonb ->> 'days')::int and business_day < $1::date) b
      on b.terminal = t.terminal and b.merchant_id <> t.merchant_id
   group by 1, 2)
select m.merchant_id, count(*)::int as purchases, sum(s.voucher_rials)::bigint as rials,
       jsonb_build_object('terminals', array_agg(distinct m.terminal), 'shopsBefore', array_agg(distinct m.other),
                          'lastDayThere', max(m.last_day)) as figures,
       (array_agg(s.rrn order by s.at, s.transaction_id))[:200] as rrns
  from moved m
  join voucher_sales s on s.business_day = $1::date and s.merchant_id = m.merchant_id and s.terminal_id = m.terminal
 group by m.merchant_id
having count(*) >= ($2::jsonb ->> 'purchases')::int
