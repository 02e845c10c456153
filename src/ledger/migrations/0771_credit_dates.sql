-- The end of the credit and the next charge, as they were said in an answer: a repeat says the same (wire.md 9.1, DE 48 tag 17).
alter table transactions add column credit_ends date, add column next_charge date;

-- Jalali months by Gregorian days, from 1400 to 1449 (src/field/jalali.ts has the same, and a test compares them).
create table jalali_months (
  first_day date primary key,
  last_day  date not null,
  period    text not null unique
);
insert into jalali_months
select first, coalesce(lead(first) over (order by first) - 1, new_year), year || '-' || lpad(month::text, 2, '0')
  from (select 1399 + n as year, month, day + (month - 1) * 30 + least(month - 1, 6) as first, lead(day) over (partition by month order by n) - 1 as new_year
          from unnest(array[
    '2021-03-21', '2022-03-21', '2023-03-21', '2024-03-20', '2025-03-21', '2026-03-21', '2027-03-21', '2028-03-20', '2029-03-20', '2030-03-21',
    '2031-03-21', '2032-03-20', '2033-03-20', '2034-03-21', '2035-03-21', '2036-03-20', '2037-03-20', '2038-03-21', '2039-03-21', '2040-03-20',
    '2041-03-20', '2042-03-21', '2043-03-21', '2044-03-20', '2045-03-20', '2046-03-21', '2047-03-21', '2048-03-20', '2049-03-20', '2050-03-21',
    '2051-03-21', '2052-03-20', '2053-03-20', '2054-03-21', '2055-03-21', '2056-03-20', '2057-03-20', '2058-03-21', '2059-03-21', '2060-03-20',
    '2061-03-20', '2062-03-20', '2063-03-21', '2064-03-20', '2065-03-20', '2066-03-20', '2067-03-21', '2068-03-20', '2069-03-20', '2070-03-20',
    '2071-03-21'
  ]::date[]) with ordinality as y (day, n) cross join generate_series(1, 12) month) m
 where new_year is not null order by first;

-- On which day of a month a programme charges a household of each decile and digit, by 11 × decile + digit + 1 (0: not known) + 1;
-- infinity: on none. The day is the first that the rule of that very day calls due (programmes/charge.ts).
create function charge_due(p_programme text, p_first date, p_last date) returns date[] language sql stable as $$
  with segments as (
    select cohort, rials_per_person, charge_days, greatest(valid_from, p_first) as first,
           least(p_last, coalesce(lead(valid_from) over (order by valid_from) - 1, p_last)) as last
      from programme_charges where programme_id = p_programme and valid_from <= p_last)
  select array_agg(coalesce(d.day, 'infinity') order by i)
    from generate_series(0, 120) i
    left join lateral (
      select min(greatest(first, p_first + x.n - 1)) as day from segments
       cross join lateral (select charge_days[case cohort when 'all' then 1 when 'digit' then i % 11 else i / 11 + 1 end] as n) x
       where first <= last and x.n > 0 and rials_per_person[i / 11 + 1] > 0 and greatest(first, p_first + x.n - 1) <= last) d on true
$$;

-- The same of each month to come and the one after it: what a batch of purchases reads.
create table charge_dues (
  first_day    date not null,
  programme_id text not null references programmes on delete cascade,
  period       text not null,
  due          date[] not null,
  next_period  text not null,
  next_due     date[] not null,
  primary key (first_day, programme_id)
);

create function keep_charge_dues() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from charge_dues;
  insert into charge_dues
  with dues as (
    select m.first_day, p.programme_id, m.period, charge_due(p.programme_id, m.first_day, m.last_day) as due
      from (select distinct programme_id from programme_charges) p cross join jalali_months m
     where m.last_day >= database_today() - 40 and m.first_day <= database_today() + 1800)
  select d.first_day, d.programme_id, d.period, d.due, n.period, n.due
    from dues d join jalali_months m using (first_day) join dues n on n.programme_id = d.programme_id and n.first_day = m.last_day + 1;
  return null;
end $$;
create trigger keep_charge_dues after insert or update or delete or truncate on programme_charges for each statement execute function keep_charge_dues();
update programme_charges set cohort = cohort;
