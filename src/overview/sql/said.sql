-- What screens of devices showed since $1, the most frequent first
select kind, rc, said, sum(answers)::int as answers
  from traffic_answers where grain = 'minute' and at >= $1::timestamptz and kind not in ('network', 'totals', 'goods')
 group by kind, rc, said order by answers desc, rc, kind limit 30
