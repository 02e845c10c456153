-- What a batch of purchases reads of charges and orders, in one row and one empty index: it is read by every batch.
alter table charge_dues add column many boolean not null default false; -- the row alone does not say when the next charge is
create or replace function keep_charge_dues() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from charge_dues;
  insert into charge_dues
  with programmes_that_charge as (
    select programme_id, bool_or(cardinality(requires) > 0) as conditional from programme_charges group by 1),
  dues as (
    select m.first_day, p.programme_id, m.period, charge_due(p.programme_id, m.first_day, m.last_day) as due, p.conditional
      from programmes_that_charge p cross join jalali_months m
     where m.last_day >= database_today() - 40 and m.first_day <= database_today() + 1800)
  select d.first_day, d.programme_id, d.period, d.due, n.period, n.due, d.conditional,
         (select count(*) > 1 or bool_or(conditional) from programmes_that_charge)
    from dues d join jalali_months m using (first_day) join dues n on n.programme_id = d.programme_id and n.first_day = m.last_day + 1;
  return null;
end $$;
update programme_charges set cohort = cohort;
create index programmes_in_order on programmes (programme_id) where spend_order <> 100;
