-- What a copy counted since the last time, added to what is there.
insert into terminal_health_days as h (terminal_id, day, requests, sales, approved, reversals, late, mac_failures, stan_gaps)
select n.terminal, n.day, n.requests, n.sales, n.approved, n.reversals, n.late, n.mac_failures, n.stan_gaps
  from unnest($1::text[], $2::date[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[])
    as n (terminal, day, requests, sales, approved, reversals, late, mac_failures, stan_gaps)
  join terminals t on t.terminal_id = n.terminal
 order by n.day, n.terminal
on conflict (day, terminal_id) do update set
  requests = h.requests + excluded.requests,
  sales = h.sales + excluded.sales,
  approved = h.approved + excluded.approved,
  reversals = h.reversals + excluded.reversals,
  late = h.late + excluded.late,
  mac_failures = h.mac_failures + excluded.mac_failures,
  stan_gaps = h.stan_gaps + excluded.stan_gaps
