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

-- What a file or an enrolment says of a shop. `status`, which the ledger reads, is that, unless a decision in force stops the shop: so a
-- decision that ends gives back what files say by then, and no file lifts a decision.
alter table merchants add column listed_status text check (listed_status in ('applied', 'approved', 'suspended'));
update merchants set listed_status = status;
alter table merchants alter column listed_status set not null;

create function keep_listed_status() returns trigger language plpgsql as $$
begin
  new.listed_status := new.status;
  return new;
end $$;
create function overlay_decision() returns trigger language plpgsql as $$
begin
  new.status := case when exists (
      select 1 from shop_standing s where s.merchant_id = new.merchant_id and s.state in ('SUSPENDED', 'DISQUALIFIED', 'CLOSED'))
    then 'suspended' else new.listed_status end;
  return new;
end $$;
-- In this order: triggers of one moment run by their names.
create trigger a_keep_listed_status before insert or update of status on merchants for each row execute function keep_listed_status();
create trigger b_overlay_decision before insert or update of status, listed_status on merchants
  for each row execute function overlay_decision();

-- Lets the decisions in force count, also where one has begun or ended, with the owner's rights: a role at work changes a merchant no
-- other way.
-- @returns how many changed
create function apply_standings() returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  changed int;
begin
  update merchants m set listed_status = m.listed_status
    from (select d.merchant_id, coalesce(s.state, 'ACTIVE') in ('SUSPENDED', 'DISQUALIFIED', 'CLOSED') as stopped
            from (select distinct merchant_id from shop_decisions) d left join shop_standing s using (merchant_id)) s
   where m.merchant_id = s.merchant_id and m.status <> case when s.stopped then 'suspended' else m.listed_status end;
  get diagnostics changed = row_count;
  return changed;
end $$;
revoke execute on function apply_standings() from public;
