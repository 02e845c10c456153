-- Purchases of each second, of the minutes since $1, all copies together
select extract(epoch from t.at)::bigint as at, array_agg(t.n order by t.second) as seconds
  from (select m.at, s.second, sum(s.n)::int as n
          from traffic_times m cross join lateral unnest(m.seconds) with ordinality as s (n, second)
         where m.grain = 'minute' and m.at >= $1::timestamptz group by 1, 2) t
 group by t.at order by t.at
