-- Sick terminals. $1 day in Tehran, $2 hour of that day (24: it is over), $3 one rule or null
with rules as (
  select distinct on (rule) rule, threshold, least from terminal_health_rules where valid_from <= $1::date order by rule, valid_from desc
), days as (
  select * from terminal_health_days where day = $1::date
), found as (
  select d.terminal_id, r.rule, round(100.0 * d.stan_gaps / d.requests, 1) as value, r.threshold
    from days d join rules r on r.rule = 'stan-gaps' where d.requests >= greatest(r.least, 1)
  union all
  select d.terminal_id, r.rule, round(100.0 * d.late / d.requests, 1), r.threshold
    from days d join rules r on r.rule = 'late-answers' where d.requests >= greatest(r.least, 1)
  union all
  select d.terminal_id, r.rule, round(100.0 * d.reversals / d.sales, 1), r.threshold
    from days d join rules r on r.rule = 'reversals' where d.sales >= greatest(r.least, 1)
  union all
  select d.terminal_id, r.rule, d.mac_failures, r.threshold from days d join rules r on r.rule = 'mac-failures' where d.mac_failures > 0
  union all
  select c.terminal_id, r.rule, round(abs(c.drift_ms) / 1000.0), r.threshold
    from terminal_contacts c join rules r on r.rule = 'clock-drift'
   where (c.drift_at at time zone 'Asia/Tehran')::date = $1::date
  union all
  -- value: sales of yesterday; the threshold is an hour, which is looked at below
  select y.terminal_id, r.rule, y.sales, 0
    from terminal_health_days y join rules r on r.rule = 'silent' and $2::int >= r.threshold
   where y.day = $1::date - 1 and y.sales >= greatest(r.least, 1)
     and not exists (select 1 from days d where d.terminal_id = y.terminal_id and d.sales > 0)
)
select f.terminal_id as terminal, t.merchant_id as merchant, t.model, t.psp, f.rule, f.value::float8 as value, f.threshold::float8 as threshold
  from found f join terminals t using (terminal_id)
 where f.value >= f.threshold and t.ended is null and ($3::text is null or f.rule = $3)
 order by f.rule, f.value desc, f.terminal_id
