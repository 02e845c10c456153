-- Purchases of a range in steps: $1 from, $2 seconds of a step, $3 whether hours are read where they are summed already
with summed as (
  select coalesce(max(at) + interval '1 hour', $1::timestamptz) as until from traffic_times where $3::boolean and grain = 'hour' and at >= $1::timestamptz
), source as (
  select t.* from traffic_answers t, summed where t.grain = 'minute' and t.at >= greatest(summed.until, $1::timestamptz)
  union all
  select t.* from traffic_answers t where $3::boolean and t.grain = 'hour' and t.at >= $1::timestamptz
), codes as (
  select date_bin(make_interval(secs => $2::int), at, $1::timestamptz) as at, rc, sum(answers) as answers,
         sum(voucher_rials) as voucher, sum(card_rials) as card, sum(cash_rials) as cash
    from source where kind = 'purchase' group by 1, 2
), times as (
  select t.* from traffic_times t, summed where t.grain = 'minute' and t.at >= greatest(summed.until, $1::timestamptz)
  union all
  select t.* from traffic_times t where $3::boolean and t.grain = 'hour' and t.at >= $1::timestamptz
), took as (
  select at, array_agg(n order by bucket) as took
    from (select date_bin(make_interval(secs => $2::int), t.at, $1::timestamptz) as at, b.bucket, sum(b.n)::int as n
            from times t cross join lateral unnest(t.took) with ordinality as b (n, bucket) group by 1, 2) s
   group by at
)
select c.at, c.codes, c.voucher, c.card, c.cash, coalesce(took.took, '{}') as took
  from (select at, jsonb_object_agg(rc, answers) as codes, sum(voucher)::text as voucher, sum(card)::text as card, sum(cash)::text as cash
          from codes group by at) c
  left join took using (at)
 order by c.at
