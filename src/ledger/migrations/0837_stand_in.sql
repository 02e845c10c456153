-- Stand-in: what is granted for an authority that does not answer (docs/counterparts.md). Off, until two persons made a row: nothing here is
-- ever changed or removed, and a row of nothing ends it.
create table stand_in_rules (
  rule_id        bigint generated always as identity primary key,
  programme_id   text   not null references programmes,
  valid_from     date   not null,
  household_rials bigint not null check (household_rials >= 0),  -- of a household's card in a day
  shop_rials     bigint not null check (shop_rials >= 0),        -- of a shop in a day
  reason         text   not null check (length(reason) between 5 and 1000),
  proposed_by    text   not null check (proposed_by <> ''),
  proposed_by_id bigint references persons,
  proposed_at    timestamptz not null,
  verdict        text check (verdict in ('approved', 'rejected')),
  decided_by     text,
  decided_by_id  bigint references persons,
  decided_at     timestamptz,
  check ((household_rials = 0) = (shop_rials = 0)),
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decided_at is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by)),
  check (verdict is distinct from 'approved' or decided_by_id <> proposed_by_id)
);
create trigger fill_person_ids before insert or update on stand_in_rules for each row execute function fill_person_ids('proposed_by', 'decided_by');

-- An approval counts from its own day on at the earliest, and is said once.
create function decide_stand_in_rule() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.verdict, new.decided_by, new.decided_at) > 0 then
      raise exception 'a rule is proposed first' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if old.verdict is not null then raise exception 'rule % was % before', old.rule_id, old.verdict using errcode = 'check_violation'; end if;
  if new.verdict = 'approved' then new.valid_from := greatest(old.valid_from, database_today()); end if;
  return new;
end $$;
create trigger decide_stand_in_rule before insert or update on stand_in_rules for each row execute function decide_stand_in_rule();

create function audit_stand_in_rule() returns trigger language plpgsql as $$
begin
  perform audit_act(case when new.verdict is null then new.proposed_by else new.decided_by end,
                    'stand-in.' || coalesce(new.verdict, 'proposed'), 'stand-in:' || new.rule_id,
                    jsonb_build_object('programme', new.programme_id, 'from', new.valid_from, 'householdRials', new.household_rials,
                                       'shopRials', new.shop_rials), new.reason);
  return null;
end $$;
create constraint trigger audit_stand_in_rule after insert or update of verdict on stand_in_rules deferrable initially deferred
  for each row execute function audit_stand_in_rule();

-- What was granted so, and what the authority said of it afterwards.
create table stand_ins (
  order_id      bigint primary key references authority_orders,
  programme_id  text   not null,
  household_id  text   not null,
  merchant_id   text   not null,
  day           date   not null,
  rials         bigint not null check (rials > 0),
  refused_rials bigint check (refused_rials between 0 and rials), -- null: it was not presented yet, or taken back before that
  why           text,
  presented_at  bigint
);
create index stand_ins_household on stand_ins (household_id, day);
create index stand_ins_shop on stand_ins (merchant_id, day);
