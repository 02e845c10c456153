-- The business day that is open; the first ever is today.
create or replace function open_business_day(today date) returns date language plpgsql as $$
declare
  day date;
begin
  select business_day into day from business_days where closed_at is null order by business_day desc limit 1;
  if day is null then
    insert into business_days (business_day) values (today) on conflict do nothing;
    day := today;
  end if;
  return day;
end $$;

-- Closing a business day is a watermark: batches at work finish on the old day, the next ones begin on the new.
create or replace function close_after_batches() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(8583, 3);
  return new;
end $$;
create or replace trigger close_after_batches before update of closed_at on business_days
  for each row execute function close_after_batches();
