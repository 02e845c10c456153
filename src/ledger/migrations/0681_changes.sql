-- What changes about a shop that works (people.md 4): its Sheba, owner, address or devices, and what it has to show again. Each is a case of
-- its kind, with the items it needs, and goes through the same machine as an application.
alter table shop_cases add column if not exists applicant_mobile text;
alter table shop_cases
  add column kind text not null default 'application' check (kind in ('application', 'sheba', 'owner', 'address', 'reverify', 'terminal')),
  -- said by a person before anybody signs: the bank has closed the account of before, so that nothing can wait for it
  add column old_closed_by bigint references persons,
  add column old_closed_reason text check (length(old_closed_reason) between 10 and 1000),
  add constraint old_closed_of_a_sheba check (old_closed_by is null or kind in ('sheba', 'owner'));
create unique index one_open_case_of_a_kind on shop_cases (shop_id, kind) where state not in ('APPROVED', 'REFUSED', 'WITHDRAWN');

-- A Sheba that two persons approved. Clearings of `in_force` and later business days go to it; those of the days before keep the old one,
-- whenever they are made.
create table sheba_changes (
  change_id   bigint generated always as identity primary key,
  merchant_id text not null references merchants,
  case_id     bigint not null unique references shop_cases,
  old_sheba   text not null,
  new_sheba   text not null,
  approved_at timestamptz not null,
  in_force    date not null,
  bank_closed boolean not null,                   -- the old one: orders to it that have not left are held
  stopped_at  timestamptz,                        -- the owner of before, or a person, said no within the 72 hours
  stopped_by  bigint references persons,          -- null: the owner
  stop_reason text check (length(stop_reason) between 5 and 1000),
  applied_at  timestamptz,                        -- since then merchants.sheba is it
  check (stopped_at is null or applied_at is null),
  check (bank_closed or in_force::timestamp - interval '3 hours 30 minutes' >= (approved_at at time zone 'UTC') + interval '72 hours')
);
create unique index sheba_changes_waiting on sheba_changes (merchant_id) where stopped_at is null and applied_at is null;
create index sheba_changes_days on sheba_changes (merchant_id, in_force) where stopped_at is null;

-- The Sheba to which what a shop gets of a business day goes.
create function sheba_on(p_merchant text, p_current text, p_day date) returns text language sql stable as $$
  select coalesce(
    (select new_sheba from sheba_changes where merchant_id = p_merchant and stopped_at is null and in_force <= p_day
      order by in_force desc, change_id desc limit 1),
    (select old_sheba from sheba_changes where merchant_id = p_merchant and stopped_at is null and in_force > p_day
      order by in_force, change_id limit 1),
    p_current)
$$;

-- The first day, from this one on, on which banks work (settlement/calendar/calendar.ts has the same rule).
create function bank_day_from(p_day date) returns date language sql stable as $$
  select d::date from generate_series(p_day, p_day + 60, interval '1 day') as g (d)
   where not coalesce(
     (select o.closed from calendar_overrides o where o.day = d::date and o.calendar in ('bank', 'all') order by o.override_id desc limit 1),
     exists (select from holidays h where h.day = d::date)
       or extract(isodow from d)::int = any (
            (select w.weekdays from calendar_weekends w where w.calendar = 'bank' and w.valid_from <= d::date order by w.valid_from desc limit 1)::int[]))
   order by 1 limit 1
$$;

-- A change of Sheba and the beginning of a clearing come one after the other: a clearing keeps the Sheba that it began with.
create function clearing_before_change() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(8583, 14);
  return new;
end $$;
create trigger clearing_before_change before insert on clearings for each row execute function clearing_before_change();

create function case_is_approved(p_case bigint) returns boolean language sql stable as $$
  select c.state = 'APPROVED'
     and (select count(distinct person_id) from shop_reviews r
           where r.case_id = c.case_id and r.round = c.round and r.verdict = 'approve' and r.person_id is distinct from c.clerk) = 2
     and not exists (select 1 from shop_items i where i.case_id = c.case_id and i.state not in ('met', 'waived', 'not_required'))
    from shop_cases c where c.case_id = p_case
$$;

-- Of what a case has shown: the Sheba alone, which waits for its day, or all else.
create function keep_proofs(p_case bigint, p_merchant text, p_sheba boolean) returns void language sql as $$
  insert into shop_proofs (merchant_id, code, case_id, waived, since, valid_until)
  select p_merchant, i.code, p_case, i.state = 'waived', i.since, i.valid_until
    from shop_items i where i.case_id = p_case and i.state in ('met', 'waived') and (i.code = 'sheba') = p_sheba
  on conflict (merchant_id, code) do update set (case_id, waived, since, valid_until, asked_until)
    = (excluded.case_id, excluded.waived, excluded.since, excluded.valid_until, null)
$$;

-- Lets a change count that two persons approved, with the owner's rights. A Sheba waits for its day.
-- @returns the business day from which on a new Sheba is paid; null: none changes
create function apply_change(p_case bigint) returns date
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c shop_cases;
  m merchants;
  item jsonb;
  v_day date;
  v_now timestamptz := to_timestamp(database_clock() / 1000.0);
begin
  select * into c from shop_cases where case_id = p_case for update;
  if c.case_id is null or c.kind = 'application' or not case_is_approved(p_case) then
    raise exception 'case % is no change that two persons approved', p_case using errcode = 'check_violation';
  end if;
  select in_force into v_day from sheba_changes where case_id = p_case;
  if found then return v_day; end if;
  select me.* into m from merchants me join shops s using (merchant_id) where s.shop_id = c.shop_id for update of me;
  select coalesce(jsonb_object_agg(i.code, i.value), '{}') into item from shop_items i where i.case_id = p_case and i.value is not null and i.state = 'met';
  perform keep_proofs(p_case, m.merchant_id, false);
  if item ? 'sheba' and item -> 'sheba' ->> 'sheba' <> m.sheba then
    perform pg_advisory_xact_lock(8583, 14);
    v_day := case when c.old_closed_by is null
      then bank_day_from(((v_now + interval '72 hours') at time zone interval '3:30' - interval '1 microsecond')::date + 1)
      else greatest(database_today(), (select max(business_day) + 1 from clearings)) end;
    insert into sheba_changes (merchant_id, case_id, old_sheba, new_sheba, approved_at, in_force, bank_closed)
    values (m.merchant_id, p_case, m.sheba, item -> 'sheba' ->> 'sheba', v_now, v_day, c.old_closed_by is not null);
  else
    perform keep_proofs(p_case, m.merchant_id, true);
  end if;
  update merchants
     set guild_licence = coalesce(item -> 'guild_licence' ->> 'number', guild_licence),
         owner_national_id = coalesce(item -> 'owner_identity' ->> 'nationalId', owner_national_id),
         tax_code = coalesce(item -> 'tax_code' ->> 'code', tax_code),
         mobile = coalesce(item -> 'mobile' ->> 'number', mobile),
         postal_code = coalesce(item -> 'address' ->> 'postalCode', postal_code),
         listed_status = listed_status
   where merchant_id = m.merchant_id;
  return v_day;
end $$;

-- Puts into the shop's row what is in force by now.
-- @returns how many
create function apply_sheba_changes() returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  s sheba_changes;
  done int := 0;
begin
  for s in select * from sheba_changes where stopped_at is null and applied_at is null and in_force <= database_today() order by change_id for update loop
    perform keep_proofs(s.case_id, s.merchant_id, true);
    update merchants set sheba = s.new_sheba, listed_status = listed_status where merchant_id = s.merchant_id;
    update sheba_changes set applied_at = to_timestamp(database_clock() / 1000.0) where change_id = s.change_id;
    done := done + 1;
  end loop;
  return done;
end $$;

-- No, before it is in force: nothing was paid to it yet.
-- @returns whether there was one to stop
create function stop_sheba_change(p_change bigint, p_person bigint, p_reason text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(8583, 14);
  update sheba_changes set stopped_at = to_timestamp(database_clock() / 1000.0), stopped_by = p_person, stop_reason = p_reason
   where change_id = p_change and stopped_at is null and applied_at is null and in_force > database_today();
  return found;
end $$;

-- An item is to be shown again: it counts no longer than until then. It can only end earlier by this, and not within opening hours.
create function ask_proof_again(p_merchant text, p_code text, p_until timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_until <= to_timestamp(database_clock() / 1000.0) then
    raise exception 'an item is asked again for a day that is to come' using errcode = 'check_violation';
  end if;
  update shop_proofs set asked_until = least(asked_until, p_until) where merchant_id = p_merchant and code = p_code;
  if not found then return false; end if;
  update merchants set listed_status = listed_status where merchant_id = p_merchant;
  return true;
end $$;

-- What a shop was told about an item that ends, each once. 0: it has ended, and what that stops.
create table shop_reminders (
  merchant_id text not null references merchants,
  code        text not null,
  ends_at     timestamptz not null,
  days        int not null check (days in (14, 7, 1, 0)),
  at          timestamptz not null,
  told        boolean not null,                   -- false: nobody knows a mobile of it; people see it in the list
  primary key (merchant_id, code, ends_at, days)
);
create index shop_proofs_end on shop_proofs ((least(valid_until, asked_until)));
revoke execute on function keep_proofs(bigint, text, boolean), apply_change(bigint), apply_sheba_changes(), stop_sheba_change(bigint, bigint, text),
  ask_proof_again(text, text, timestamptz) from public;
