-- Acts that move money, keys or reference data stand in the audit, in the transaction of the act, however it was done: on the command line,
-- at the desk, or by hand in the database (docs/decisions/0056). The books keep the login, as before; beside it stands the person's id.
create function known_person(p_name text) returns bigint language sql stable as $$
  select person_id from persons where login = p_name and state <> 'invited'
$$;
-- Who is no person: what the gateway signs with.
create function is_of_the_system(p_name text) returns boolean language sql immutable as $$
  select coalesce(p_name, '') in ('', 'gateway', 'matching', 'clock', 'ledger', 'system', 'enrolment', 'settlement desk', 'settlement audit')
$$;

alter table clearings add column maker_id bigint references persons, add column checker_id bigint references persons;
alter table breaks add column proposed_by_id bigint references persons, add column approved_by_id bigint references persons;
alter table carry_unblocks add column proposed_by_id bigint references persons, add column decided_by_id bigint references persons;
alter table clearing_waivers add column proposed_by_id bigint references persons, add column decided_by_id bigint references persons;
alter table bank_leftovers add column closed_by_id bigint references persons;
alter table terminal_blocks add column lifted_by_id bigint references persons;

-- Of what was done since they are people here; names that were typed before are nobody's.
update clearings c set maker_id = p.person_id from persons p where p.login = c.maker and p.state <> 'invited' and c.started_at >= p.made_at;
update clearings c set checker_id = p.person_id from persons p where p.login = c.checker and p.state <> 'invited' and c.released_at >= p.made_at;
update breaks b set proposed_by_id = p.person_id from persons p where p.login = b.proposed_by and p.state <> 'invited' and b.raised_at >= p.made_at;
update breaks b set approved_by_id = p.person_id from persons p where p.login = b.approved_by and p.state <> 'invited' and b.resolved_at >= p.made_at;
update carry_unblocks u set proposed_by_id = p.person_id from persons p where p.login = u.proposed_by and p.state <> 'invited' and u.proposed_at >= p.made_at;
update carry_unblocks u set decided_by_id = p.person_id from persons p where p.login = u.decided_by and p.state <> 'invited' and u.decided_at >= p.made_at;
update clearing_waivers w set proposed_by_id = p.person_id from persons p where p.login = w.proposed_by and p.state <> 'invited' and w.proposed_at >= p.made_at;
update clearing_waivers w set decided_by_id = p.person_id from persons p where p.login = w.decided_by and p.state <> 'invited' and w.decided_at >= p.made_at;

alter table clearings add constraint two_persons_release check (checker_id <> maker_id);
alter table breaks add constraint two_persons_resolve check (approved_by_id <> proposed_by_id);
alter table carry_unblocks add constraint two_persons_unblock check (verdict <> 'approved' or decided_by_id <> proposed_by_id);
alter table clearing_waivers add constraint two_persons_waive check (verdict <> 'approved' or decided_by_id <> proposed_by_id);

-- Keeps the id of the person whose login stands in a column; the columns are the trigger's arguments.
create function fill_person_ids() returns trigger language plpgsql as $$
declare
  col text;
  was jsonb := case tg_op when 'UPDATE' then to_jsonb(old) else '{}' end;
  now_ jsonb := to_jsonb(new);
  ids jsonb := '{}';
begin
  foreach col in array tg_argv loop
    -- an id that somebody wrote themselves counts for nothing
    ids := ids || jsonb_build_object(col || '_id',
      case when tg_op = 'UPDATE' and was ->> col is not distinct from now_ ->> col then (was ->> (col || '_id'))::bigint
           else known_person(now_ ->> col) end);
  end loop;
  return jsonb_populate_record(new, ids);
end $$;
create trigger fill_person_ids before insert or update of maker, checker, maker_id, checker_id on clearings
  for each row execute function fill_person_ids('maker', 'checker');
create trigger fill_person_ids before update of proposed_by, approved_by, proposed_by_id, approved_by_id on breaks
  for each row execute function fill_person_ids('proposed_by', 'approved_by');
create trigger fill_person_ids_of_new before insert on breaks for each row
  when (num_nonnulls(new.proposed_by, new.approved_by, new.proposed_by_id, new.approved_by_id) > 0)
  execute function fill_person_ids('proposed_by', 'approved_by');
create trigger fill_person_ids before insert or update on carry_unblocks for each row execute function fill_person_ids('proposed_by', 'decided_by');
create trigger fill_person_ids before insert or update on clearing_waivers for each row execute function fill_person_ids('proposed_by', 'decided_by');
create trigger fill_person_ids before insert or update of closed_by, closed_by_id on bank_leftovers for each row execute function fill_person_ids('closed_by');
create trigger fill_person_ids before insert or update of lifted_by, lifted_by_id on terminal_blocks for each row execute function fill_person_ids('lifted_by');

-- A row of the audit. The triggers below add theirs at the end of the transaction, since rows of the audit follow one another.
-- @param p_actor a login, or a name that was typed where there are no people; null: what the command said, else the role
create function audit_act(p_actor text, p_act text, p_object text, p_after jsonb, p_reason text default null) returns void language sql as $$
  insert into audit (actor_id, actor, act, object, after, reason)
  select known_person(name), left(name, 100), p_act, left(p_object, 200), p_after, left(p_reason, 1000)
    from (select coalesce(nullif(p_actor, ''), nullif(current_setting('kalabarg.actor', true), ''), 'database role ' || session_user) as name) n
$$;

create function audit_clearing() returns trigger language plpgsql as $$
begin
  perform audit_act(new.actor, 'clearing.' || replace(new.event, ' ', '-'), 'clearing:' || new.business_day, new.detail, new.detail ->> 'reason');
  return null;
end $$;
-- what jobs do on behalf of a maker (closed, made, written, delivered) is no act of theirs
create constraint trigger audit_clearing after insert on settlement_events deferrable initially deferred for each row
  when (not is_of_the_system(new.actor) and (new.event in ('begun', 'held', 'released', 'sends again', 'wants to send again', 'proposed to go on',
                                                           'approved', 'rejected') or new.detail ? 'known'))
  execute function audit_clearing();

create function audit_break() returns trigger language plpgsql as $$
begin
  perform audit_act(new.actor, 'break.' || new.event, 'break:' || new.break_id,
                    (select jsonb_build_object('detail', new.detail, 'merchant', b.merchant_id, 'post', b.post, 'rials', b.post_rials)
                       from breaks b where b.break_id = new.break_id));
  return null;
end $$;
create constraint trigger audit_break after insert on break_events deferrable initially deferred for each row
  when (not is_of_the_system(new.actor)) execute function audit_break();

create function audit_unblock() returns trigger language plpgsql as $$
begin
  perform audit_act(case when new.verdict is null then new.proposed_by else new.decided_by end,
                    'payout.unblock-' || coalesce(new.verdict, 'proposed'), 'merchant:' || new.merchant_id,
                    jsonb_build_object('carry', new.carry_id, 'sheba', '…' || right(new.sheba, 4)), new.reason);
  return null;
end $$;
create constraint trigger audit_unblock after insert or update of verdict on carry_unblocks deferrable initially deferred
  for each row execute function audit_unblock();

create function audit_calendar() returns trigger language plpgsql as $$
begin
  perform audit_act(new.actor, case when new.closed then 'calendar.closed' else 'calendar.opened' end, 'day:' || new.day,
                    jsonb_build_object('calendar', new.calendar), new.reason);
  return null;
end $$;
create constraint trigger audit_calendar after insert on calendar_overrides deferrable initially deferred
  for each row execute function audit_calendar();

create function audit_leftover() returns trigger language plpgsql as $$
begin
  perform audit_act(new.closed_by, 'leftover.closed', 'leftover:' || new.leftover_id, null, new.note);
  return null;
end $$;
create constraint trigger audit_leftover after update of closed_by on bank_leftovers deferrable initially deferred for each row
  when (old.closed_by is null and not is_of_the_system(new.closed_by)) execute function audit_leftover();

create function audit_unblocked_terminal() returns trigger language plpgsql as $$
begin
  perform audit_act(new.lifted_by, 'terminal.unblocked', 'terminal:' || new.terminal_id, jsonb_build_object('rule', new.rule), new.note);
  return null;
end $$;
create constraint trigger audit_unblocked_terminal after update of lifted_at on terminal_blocks deferrable initially deferred for each row
  when (old.lifted_at is null and new.lifted_at is not null) execute function audit_unblocked_terminal();

create function audit_doubt() returns trigger language plpgsql as $$
begin
  perform audit_act(new.owner, 'bank.doubt-resolved', 'advice:' || new.advice_id, null, new.note);
  return null;
end $$;
create constraint trigger audit_doubt after update of resolved_at on bank_advices deferrable initially deferred for each row
  when (old.resolved_at is null and new.resolved_at is not null) execute function audit_doubt();

create function audit_key() returns trigger language plpgsql as $$
begin
  perform audit_act(new.people[1], 'key.' || trim(both '-' from regexp_replace(lower(split_part(new.what, ' under ', 1)), '[^a-z]+', '-', 'g')),
                    'key:' || new.name,
                    jsonb_build_object('what', new.what, 'kcv', new.kcv, 'people', (
                      select jsonb_agg(jsonb_build_object('name', n, 'id', known_person(n)::text)) from unnest(new.people) as n)));
  return null;
end $$;
create constraint trigger audit_key after insert on key_log deferrable initially deferred for each row
  when (not is_of_the_system(new.people[1])) execute function audit_key();

create function audit_file() returns trigger language plpgsql as $$
begin
  perform audit_act(null, tg_argv[0], 'file:' || left(to_jsonb(new) ->> 'sha256', 16),
                    jsonb_strip_nulls(jsonb_build_object('name', coalesce(to_jsonb(new) ->> 'last_name', to_jsonb(new) ->> 'name'),
                      'kind', to_jsonb(new) ->> 'kind', 'rows', to_jsonb(new) -> 'rows', 'lines', to_jsonb(new) -> 'lines')));
  return null;
end $$;
create constraint trigger audit_file after insert or update on loaded_files deferrable initially deferred
  for each row execute function audit_file('reference.loaded');
create constraint trigger audit_file after insert on programme_files deferrable initially deferred
  for each row execute function audit_file('programme.applied');
-- the bank's and the acquirers' files come by themselves, unless a person brings one
create constraint trigger audit_file after insert on taken_files deferrable initially deferred for each row
  when (coalesce(current_setting('kalabarg.actor', true), '') <> '') execute function audit_file('answers.taken');
