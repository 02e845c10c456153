-- What a copy counted since the last time, added to what is there. Of STANs each copy adds those that it heard.
insert into terminal_health_days as h (terminal_id, day, requests, sales, approved, reversals, late, mac_failures, stans, stan_leaps, stan_gaps)
select n.terminal, n.day, n.requests, n.sales, n.approved, n.reversals, n.late, n.mac_failures, n.stans::int4multirange, n.leaps,
       greatest(stan_holes(n.stans::int4multirange), n.leaps)
  from unnest($1::text[], $2::date[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::text[], $10::int[])
    as n (terminal, day, requests, sales, approved, reversals, late, mac_failures, stans, leaps)
  join terminals t on t.terminal_id = n.terminal
 order by n.day, n.terminal
on conflict (day, terminal_id) do update set
  requests = h.requests + excluded.requests,
  sales = h.sales + excluded.sales,
  approved = h.approved + excluded.approved,
  reversals = h.reversals + excluded.reversals,
  late = h.late + excluded.late,
  mac_failures = h.mac_failures + excluded.mac_failures,
  (stans, stan_leaps, stan_folded, stan_gaps) = (
    -- of a device without any order what was counted is kept as a number
    select case when u.full then multirange(range_merge(u.stans)) else u.stans end, case when u.full then 0 else u.leaps end,
           h.stan_folded + case when u.full then u.gaps else 0 end, h.stan_folded + u.gaps
      from (select a.stans, a.leaps, greatest(stan_holes(a.stans), a.leaps) as gaps, (select count(*) from unnest(a.stans)) > 2000 as full
              from (select h.stans + excluded.stans as stans, h.stan_leaps + excluded.stan_leaps as leaps) a) u)
