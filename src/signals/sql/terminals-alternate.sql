-- Two terminals of a shop that sell strictly in turn, each soon after the other. Two tills with queues of their own do not.
with sales as (
  select *, coalesce(terminal_id <> lag(terminal_id) over w and at - lag(at) over w <= ($2::jsonb ->> 'seconds')::bigint * 1000, false) as turn
    from voucher_sales where business_day = $1::date window w as (partition by merchant_id order by at, transaction_id))
select merchant_id, count(*)::int as purchases, sum(voucher_rials)::bigint as rials,
       jsonb_build_object('terminals', array_agg(distinct terminal_id), 'turns', count(*) filter (where turn),
                          'sharePercent', 100 * count(*) filter (where turn) / (count(*) - 1)) as figures,
       (array_agg(rrn order by at, transaction_id))[:200] as rrns
  from sales
 group by merchant_id
having count(*) >= greatest(2, ($2::jsonb ->> 'purchases')::int) and count(distinct terminal_id) = 2
   and 100 * count(*) filter (where turn) >= ($2::jsonb ->> 'sharePercent')::int * (count(*) - 1)
