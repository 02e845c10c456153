-- What each role may do with the functions of this version (docs/decisions/0117); `decisions` and `door` stand for its own schemas.
do $$
declare
  has_door boolean := exists (select 1 from pg_roles where rolname = 'kalabarg_public');
begin
  if not exists (select 1 from pg_roles where rolname = 'kalabarg_gateway') then return; end if;
  grant usage on schema decisions to kalabarg_gateway, kalabarg_reader;
  grant usage on schema door to kalabarg_gateway;
  -- of money, what an owner may see of their own shops (functions/door.sql)
  revoke execute on all functions in schema door from public;
  grant select on all tables in schema door to kalabarg_gateway;
  grant execute on all functions in schema door to kalabarg_gateway;
  if has_door then
    grant usage on schema door to kalabarg_public;
    grant select on all tables in schema door to kalabarg_public;
    grant execute on all functions in schema door to kalabarg_public;
  end if;
  -- households that two persons let change
  revoke execute on function decisions.approve_move(bigint, text, bigint, date) from public;
  grant execute on function decisions.approve_move(bigint, text, bigint, date) to kalabarg_gateway;
end $$;
