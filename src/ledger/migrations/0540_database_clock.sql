-- The clock of the database, ms since the epoch. Copies of the gateway have clocks of their own, of which one may be wrong: what
-- cannot be undone (a day closed, credit ended) waits until this one says that it is time.
create function database_clock() returns bigint language sql volatile as $$
  select floor(extract(epoch from clock_timestamp()) * 1000)::bigint
$$;

-- Iran is UTC+3:30 all year since 1401, whatever the server's time zone files say.
create function database_today() returns date language sql volatile as $$
  select (to_timestamp(database_clock() / 1000.0) at time zone interval '3:30')::date
$$;

-- The business day that is open; the first ever is today, but never a day that has not begun.
create or replace function open_business_day(today date) returns date language plpgsql as $$
declare
  day date;
begin
  select business_day into day from business_days where closed_at is null order by business_day desc limit 1;
  if day is null then
    day := least(today, database_today());
    insert into business_days (business_day) values (day) on conflict do nothing;
  end if;
  return day;
end $$;
