-- A STAN gap is a number that no copy of the gateway heard. Each copy adds the numbers that it heard, so that a terminal whose traffic goes over
-- several copies, or whose messages overtake each other, has no gaps that are none.
alter table terminal_health_days
  add column stans       int4multirange not null default '{}', -- heard on this day, by whichever copy
  add column stan_leaps  int not null default 0,               -- times that a copy heard the number go back
  add column stan_folded int not null default 0;               -- gaps counted in what is in stans no more
comment on column terminal_health_days.stan_gaps is 'numbers that nobody heard between those that were, in a row counted once; or times that the number went back, if these are more';
update terminal_health_days set stan_folded = stan_gaps where day >= (select max(day) from terminal_health_days);

-- Holes between what was heard: 999999 is followed by 1, of some devices by 0.
create function stan_holes(p_stans int4multirange) returns int language sql immutable parallel safe as $$
  select greatest(count(*)::int - 1 - (p_stans @> 999999 and (p_stans @> 0 or p_stans @> 1))::int, 0) from unnest(p_stans)
$$;
