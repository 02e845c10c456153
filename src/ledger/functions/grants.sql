-- Which months of credit households are owed, what they were given, and why not (docs/decisions/0069).

-- Whether a household has one of these flags on a day; with none, everybody has.
create function has_flag(household text, flags text[], from_day date, to_day date) returns boolean language sql stable as $$
  select cardinality(flags) = 0
      or exists (select from eligibility e where e.household_id = household and e.flag = any (flags) and e.since <= to_day and e.until >= from_day)
$$;

-- Households that became somebody else for a calendar: their status, decile or digit, when they are known from, and their flags.
create function changed_since(p_since date, today date) returns setof text language sql stable as $$
  select household_id from household_changes where changed_on >= p_since
  union
  select household_id from households where known_since >= p_since
  union
  select household_id from eligibility where noted_on >= p_since
  union
  select household_id from eligibility where since between p_since and today
$$;

-- Since when a household must have changed for a charge of today to find it due, where the last round looked at all the others: it was done
-- by the rule of today, in this month, and no cohort's day has come since. A day more than that, for clocks that differ. Null: all are
-- looked at, as when so many changed that finding them for each page costs more.
create function charge_looks_since(p_programme text, today date) returns date language sql stable as $$
  select p.day - 1 from charge_progress p
    join jalali_months m on today between m.first_day and m.last_day
   cross join lateral (select * from programme_charges where programme_id = p_programme and valid_from <= today order by valid_from desc limit 1) r
   where p.programme_id = p_programme and p.done and p.unchanged and p.day between greatest(m.first_day, r.valid_from) and today
     and not exists (select from unnest(r.charge_days) n where m.first_day + n - 1 > p.day and m.first_day + n - 1 <= today)
     and (select count(*) from (select from decisions.changed_since(p.day - 1, today) limit 10001) c) <= 10000
$$;

-- The stretches of a month in which one rule of a programme's calendar is in force.
create function charge_rules(p_programme text, p_first date, p_last date)
returns table (first date, last date, cohort text, rials_per_person bigint[], charge_days int[], requires text[]) language sql stable as $$
  select greatest(valid_from, p_first), until, cohort, rials_per_person, charge_days, requires
    from (select *, least(p_last, lead(valid_from) over (order by valid_from) - 1) as until
            from programme_charges where programme_id = p_programme and valid_from <= p_last) c
   where until >= p_first
$$;

-- A month of a programme's calendar for every household (or for one): the day on which it is due, whether it was given, whether it is owed
-- as of a day, and why it did not come. A month is owed when on some day of it the household was active, its cohort's day had come by
-- the rule of that very day, and it had a flag that the rule asks for: each state of a household meets each rule of the month. `owed` and
-- not `granted` is a fault, unless the charge of today has not been everywhere yet.
create function month_states(p_programme text, p_period text, p_today date, p_household text)
returns table (household_id text, due date, granted boolean, owed boolean, why text) language sql stable as $$
  with m as materialized (select first_day, last_day from jalali_months where period = p_period),
  r as materialized (select c.* from m cross join lateral decisions.charge_rules(p_programme, m.first_day, m.last_day) c),
  changed as materialized (
    select household_id, status, decile, head_last_digit as digit, changed_on,
           lag(changed_on) over (partition by household_id order by change_id) as before
      from household_changes where p_household is null or household_id = p_household),
  states as (
    select h.household_id, h.known_since, h.status, h.decile, h.head_last_digit as digit, coalesce(l.first, '-infinity') as first, 'infinity'::date as last
      from households h left join (select household_id, max(changed_on) as first from changed group by 1) l using (household_id)
     where p_household is null or h.household_id = p_household
    union all
    select c.household_id, h.known_since, c.status, c.decile, c.digit, coalesce(c.before, '-infinity'), c.changed_on - 1
      from changed c join households h using (household_id)),
  seen as (
    select s.household_id, s.known_since, s.status, s.first, s.last, r.first as rule_first, r.last as rule_last, r.requires, m.last_day,
           r.rials_per_person[coalesce(s.decile, 0) + 1] as rials, r.cohort = 'digit' and s.digit is null as no_digit,
           case when d.n > 0 and d.day <= r.last then d.day end as due
      from states s cross join m cross join r
     cross join lateral (
       select n, greatest(r.first, m.first_day + n - 1) as day
         from (select r.charge_days[case r.cohort when 'all' then 1 when 'digit' then s.digit + 1 else coalesce(s.decile, 0) + 1 end] as n) x) d
     where s.first <= m.last_day and s.last >= least(s.first, m.first_day)),
  told as (
    select x.*, greatest(x.due, x.first, coalesce(x.known_since, '-infinity'), x.rule_first) as from_day, least(x.last, x.rule_last) as to_day
      from seen x),
  reasons as (
    select t.household_id, t.due, t.first, t.rule_first,
           case when t.no_digit then 'digit.unknown'
                when coalesce(t.rials, 0) = 0 then 'decile.nothing'
                when t.due is null then 'cohort.no-day'
                when t.status = 'expired' and exists (select from household_moves v where v.from_household = t.household_id
                       and v.kind = 'merge' and v.verdict = 'approved') then 'household.merged'
                when t.status <> 'active' then 'household.' || t.status
                when t.known_since > t.last_day then 'household.later'
                when t.last < t.due then 'cohort.changed'
                -- has_flag, spelled out: a call for each household costs more than all the rest
                when cardinality(t.requires) > 0 and not exists (
                       select from eligibility e where e.household_id = t.household_id and e.flag = any (t.requires)
                          and e.since <= t.rule_last and e.until >= least(t.from_day, t.rule_last)) then 'flag.missing'
                when t.from_day > t.to_day then 'cohort.changed'
                when t.from_day > p_today then 'day.coming'
                else 'owed' end as why
      from told t)
  select x.household_id, x.due, b.household_id is not null, x.owed, x.why
    from (select q.household_id, bool_or(q.why = 'owed') as owed,
                 (array_agg(q.due order by q.why in ('owed', 'day.coming') desc, q.first desc, q.due))[1] as due,
                 case when bool_or(q.why = 'owed') then 'owed'
                      else (array_agg(q.why order by q.why = 'day.coming' desc, q.first desc, q.rule_first desc))[1] end as why
            from reasons q group by 1) x
    left join buckets b on b.household_id = x.household_id and b.programme_id = p_programme and b.period = p_period
$$;

-- Months that a flag gives afterwards: it was noted when they were over. Each is given once, good until its own end or that of the month
-- that is now. A page of flags; gives back how many months it gave.
create function grant_late(instant bigint, today date, most int) returns int language plpgsql set search_path from current as $$
declare
  e eligibility;
  p record;
  id bigint;
  bucket bigint;
  rials bigint;
  day date;
  this_month jalali_months;
  given int := 0;
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- the business day must not close under it
  select * into this_month from jalali_months where first_day <= today order by first_day desc limit 1;
  for e in select * from eligibility where not settled order by household_id limit most loop
    for p in select m.period, m.first_day, c.programme_id, c.valid_months, c.rials_per_person from jalali_months m
              cross join lateral (select distinct on (programme_id) * from programme_charges
                                   where valid_from <= m.last_day order by programme_id, valid_from desc) c
              where m.last_day >= e.since and m.first_day <= e.until and m.last_day < this_month.first_day and m.first_day > today - 400
                and exists (select from decisions.charge_rules(c.programme_id, m.first_day, m.last_day) r where e.flag = any (r.requires))
              order by m.first_day loop
      select h.members * p.rials_per_person[coalesce(h.decile, 0) + 1] into rials
        from month_states(p.programme_id, p.period, today, e.household_id) s join households h using (household_id)
       where s.owed and not s.granted;
      continue when not found;
      insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
      values (e.household_id, p.programme_id, p.period, rials, today, greatest(this_month.last_day, (
        select last_day from jalali_months where first_day >= p.first_day order by first_day offset p.valid_months - 1 limit 1)))
      on conflict (household_id, programme_id, period) do nothing returning bucket_id into bucket;
      continue when bucket is null;
      day := coalesce(day, open_business_day(today));
      id := nextval('transaction_ids');
      insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
      values (e.household_id, id, 1, day, instant, 'allocation', bucket, -rials, rials);
      given := given + 1;
    end loop;
    update eligibility set settled = true where household_id = e.household_id and flag = e.flag and since = e.since;
  end loop;
  return given;
end $$;
