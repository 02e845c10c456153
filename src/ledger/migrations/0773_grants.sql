-- Who is owed which month's credit, and why something did not come (docs/decisions/0069).

-- Since when a household is known; null: since before this was kept. Why its status is what it is, and who said so.
alter table households
  add column known_since   date,
  add column status_reason text check (status_reason ~ '^[a-z-]{2,40}$'),
  add column status_source text check (length(status_source) between 1 and 100);
alter table households alter column known_since set default database_today();

-- What a household was until a day: status, decile and digit decide whether a month is owed.
create table household_changes (
  change_id       bigint generated always as identity primary key,
  household_id    text not null,
  changed_on      date not null,                  -- the first day on which it was so no more
  status          text not null,
  decile          int,
  head_last_digit int
);
create index household_changes_of on household_changes (household_id, change_id);
create function keep_household_change() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into household_changes (household_id, changed_on, status, decile, head_last_digit)
  values (old.household_id, database_today(), old.status, old.decile, old.head_last_digit);
  return null;
end $$;
create trigger keep_household_change after update on households for each row
  when ((old.status, old.decile, old.head_last_digit) is distinct from (new.status, new.decile, new.head_last_digit))
  execute function keep_household_change();

-- What a household is entitled by beside its decile: a declaration that was filed, cover by Emdad or Behzisti. From files, with their source.
create table eligibility (
  household_id text not null,                       -- no foreign key, as for buckets: a load checks its rows as a set
  flag         text not null check (flag ~ '^[a-z][a-z0-9-]{1,39}$'),
  since        date not null,
  until        date not null default 'infinity',
  source       text not null check (length(source) between 1 and 100),
  noted_on     date not null default database_today(),
  settled      boolean not null default false,    -- months that it gives afterwards were given
  primary key (household_id, flag, since),
  check (since <= until)
);
create index eligibility_unsettled on eligibility (household_id) where not settled;

-- Any one of these flags is needed; none: everybody is charged.
alter table programme_charges add column requires text[] not null default '{}';
-- Credit that ends on the same day is spent in this order of its programmes, the lowest first.
alter table programmes add column spend_order int not null default 100 check (spend_order between 1 and 999);

-- `conditional`: not every household of a cohort is charged, so that a due day says nothing without its flags.
alter table charge_dues add column conditional boolean not null default false;
create or replace function keep_charge_dues() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from charge_dues;
  insert into charge_dues
  with dues as (
    select m.first_day, p.programme_id, m.period, charge_due(p.programme_id, m.first_day, m.last_day) as due, p.conditional
      from (select programme_id, bool_or(cardinality(requires) > 0) as conditional from programme_charges group by 1) p cross join jalali_months m
     where m.last_day >= database_today() - 40 and m.first_day <= database_today() + 1800)
  select d.first_day, d.programme_id, d.period, d.due, n.period, n.due, d.conditional
    from dues d join jalali_months m using (first_day) join dues n on n.programme_id = d.programme_id and n.first_day = m.last_day + 1;
  return null;
end $$;
update programme_charges set cohort = cohort;
