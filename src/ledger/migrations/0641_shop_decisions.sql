-- How a shop stands with the scheme (people.md 4.4). merchants.status, which every purchase and every making reads, follows from it.
create table shop_decisions (
  decision_id  bigint generated always as identity primary key,
  merchant_id  text not null references merchants,
  state        text not null check (state in ('ACTIVE', 'RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED')),
  at           timestamptz not null,
  until        timestamptz,                       -- it ends by itself
  rule         text check (length(rule) between 1 and 60),         -- and its version, as published
  reason       text not null check (length(reason) between 10 and 1000),
  evidence     jsonb not null default '[]',       -- the transactions: RRNs
  decided_by   bigint not null references persons,
  confirmed_by bigint references persons,
  confirmed_at timestamptz,
  check (confirmed_by <> decided_by),
  check ((confirmed_by is null) = (confirmed_at is null)),
  check (until > at),
  -- what one person may do alone ends by itself soon
  check (state <> 'SUSPENDED' or until <= at + interval '10 days')
);
create index shop_decisions_merchant on shop_decisions (merchant_id, decision_id);

-- The decision that is in force: a suspension at once, everything else from its second person on.
create view shop_standing as
  select distinct on (merchant_id) merchant_id, state, decision_id, until
    from shop_decisions
   where (state = 'SUSPENDED' or confirmed_at is not null) and (until is null or until > now())
   order by merchant_id, decision_id desc;

-- Puts merchants where the decisions in force put them, with the owner's rights: a role at work changes a merchant no other way.
-- Whoever has no decision keeps the status that a file gave.
-- @returns how many changed
create function apply_standings() returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  changed int;
begin
  update merchants m set status = case when s.state in ('SUSPENDED', 'DISQUALIFIED', 'CLOSED') then 'suspended' else 'approved' end
    from (select d.merchant_id, coalesce(s.state, 'ACTIVE') as state
            from (select distinct merchant_id from shop_decisions
                   where state = 'SUSPENDED' or confirmed_at is not null) d left join shop_standing s using (merchant_id)) s
   where m.merchant_id = s.merchant_id
     and m.status <> case when s.state in ('SUSPENDED', 'DISQUALIFIED', 'CLOSED') then 'suspended' else 'approved' end;
  get diagnostics changed = row_count;
  return changed;
end $$;
revoke execute on function apply_standings() from public;

-- A file that says otherwise does not lift a decision.
create function decision_holds() returns trigger language plpgsql as $$
begin
  if new.status = 'approved' and exists (
      select 1 from shop_standing s where s.merchant_id = new.merchant_id and s.state in ('SUSPENDED', 'DISQUALIFIED', 'CLOSED')) then
    new.status := 'suspended';
  end if;
  return new;
end $$;
create trigger decision_holds before insert or update of status on merchants for each row execute function decision_holds();
