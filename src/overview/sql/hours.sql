-- Whole hours of the last few, from their minutes, all copies together: $1 from, $2 until. Again gives the same.
with lines as (
  insert into traffic_answers (grain, at, copy, kind, rc, said, answers, voucher_rials, card_rials, cash_rials)
  select 'hour', date_trunc('hour', at, 'UTC'), '', kind, rc, said, sum(answers), sum(voucher_rials), sum(card_rials), sum(cash_rials)
    from traffic_answers where grain = 'minute' and at >= $1::timestamptz and at < $2::timestamptz
   group by 2, kind, rc, said
  on conflict (grain, at, copy, kind, rc, said) do update set
    answers = excluded.answers, voucher_rials = excluded.voucher_rials, card_rials = excluded.card_rials, cash_rials = excluded.cash_rials
)
insert into traffic_times (grain, at, copy, purchases, took, seconds)
select 'hour', h.at, '', h.purchases, t.took, '{}'
  from (select date_trunc('hour', at, 'UTC') as at, sum(purchases) as purchases
          from traffic_times where grain = 'minute' and at >= $1::timestamptz and at < $2::timestamptz group by 1) h
  join (select at, array_agg(n order by bucket) as took
          from (select date_trunc('hour', m.at, 'UTC') as at, b.bucket, sum(b.n)::bigint as n
                  from traffic_times m cross join lateral unnest(m.took) with ordinality as b (n, bucket)
                 where m.grain = 'minute' and m.at >= $1::timestamptz and m.at < $2::timestamptz group by 1, 2) s
         group by 1) t using (at)
on conflict (grain, at, copy) do update set purchases = excluded.purchases, took = excluded.took
