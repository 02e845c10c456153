-- A round of a charge need not look at every household on a day on which no cohort's day has come (docs/decisions/0113).
alter table charge_progress
  add column looks_since date,                            -- this round looks at households that changed since; null: at all
  add column looks_on    date,                            -- the day of which that was decided: older versions know nothing of it
  add column unchanged   boolean not null default false;  -- no rule was changed since this round began

create function charge_rules_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update charge_progress set unchanged = false where unchanged;
  return null;
end $$;
create trigger charge_rules_changed after insert or update or delete or truncate on programme_charges for each statement
  execute function charge_rules_changed();

-- Who changed since a day.
create index household_changes_on on household_changes (changed_on);
create index households_known on households (known_since);
create index eligibility_noted on eligibility (noted_on);
create index eligibility_since on eligibility (since);
