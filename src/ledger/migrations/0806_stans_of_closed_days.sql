-- A STAN alone is searched for through whole days (docs/decisions/0084). A day that is closed gets no more requests: its index by STAN
-- costs no purchase anything, and blocks none while it is made.
-- Makes the one of the newest closed day that has none yet. Called by the gateway's role with its owner's rights.
-- Returns the day; null: there is nothing to do, or another copy does it.
create function index_closed_day() returns date language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '100ms' as $$
declare
  v_day date;
  part text;
begin
  for v_day in select business_day from business_days where closed_at is not null order by business_day desc limit 100 loop
    part := 'requests' || to_char(v_day, '_YYYYMMDD');
    continue when to_regclass(part) is null or to_regclass(part || '_stan') is not null;
    if not pg_try_advisory_xact_lock(8583, 805) then return null; end if;
    execute format('create index if not exists %I on %I (stan)', part || '_stan', part);
    return v_day;
  end loop;
  return null;
exception when lock_not_available then
  return null; -- somebody writes there after all: the next run tries again
end $$;
revoke execute on function index_closed_day() from public;
