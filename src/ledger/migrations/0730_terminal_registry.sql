-- The registry of terminals (terminals.md 1). What a terminal is stands in its row; its state follows from the row and from nothing else, so
-- that no two ways of writing it disagree: registered → keyed → certified → active ⇄ blocked → retired | lost.
alter table terminals
  add column serial        text check (serial ~ '^[0-9A-Z]{1,40}$'),
  add column model         text check (length(model) between 1 and 60),
  add column psp           text check (length(psp) between 1 and 60),
  add column place         text check (length(place) between 1 and 200),
  add column registered_at timestamptz not null default now(),
  add column keyed_at      timestamptz,            -- its first master key
  add column certified_at  timestamptz,            -- its first certificate of ours
  add column active_at     timestamptz,            -- its first message
  add column ended         text check (ended in ('retired', 'lost')),
  add column ended_at      timestamptz,
  add column end_reason    text check (length(end_reason) between 1 and 300),
  add column version       int not null default 1, -- of what people change
  add constraint terminals_end check (num_nulls(ended, ended_at, end_reason) in (0, 3)),
  add constraint terminals_ended_sell_nothing check (ended is null or status = 'disabled');

update terminals t set
  keyed_at = (select k.tmk_at from terminal_keys k where k.terminal_id = t.terminal_id and k.tmk is not null),
  certified_at = (select min(c.issued_at) from terminal_certificates c where c.terminal_id = t.terminal_id),
  active_at = (select k.changed_at from terminal_keys k where k.terminal_id = t.terminal_id and k.keys is not null);
update terminals t set serial = d.serial, model = d.model from devices d where d.terminal_id = t.terminal_id and d.ended_at is null;
update terminals t set serial = coalesce(t.serial, d.serial), model = coalesce(t.model, d.model), ended = 'retired', ended_at = d.ended_at, end_reason = d.end_reason
  from devices d where d.terminal_id = t.terminal_id and d.ended_at is not null and t.status = 'disabled';

alter table terminals add column state text not null generated always as (
  case when ended is not null then ended
       when blocked or status = 'disabled' then 'blocked'
       when active_at is not null then 'active'
       when certified_at is not null then 'certified'
       when keyed_at is not null then 'keyed'
       else 'registered' end) stored;
-- A device serves one terminal at a time.
create unique index terminals_serial on terminals (serial) where serial is not null and ended is null;
create index terminals_state on terminals (state, terminal_id);

-- What traffic and reports tell of a terminal: written in batches (src/terminals/contacts.ts), so that no request waits for it.
create table terminal_contacts (
  terminal_id text primary key references terminals,
  last_at     timestamptz not null,
  drift_ms    bigint,                              -- DE 7 against our clock: how far the device is ahead
  drift_at    timestamptz,
  software    text check (length(software) <= 20), -- DE 48 tag 02, as it last said
  components  jsonb not null default '{}',         -- of a version report: component → what is installed
  slot        text check (length(slot) <= 20),
  reported_at timestamptz,
  cert_sha256 text check (cert_sha256 ~ '^[0-9a-f]{64}$'), -- of the certificate that it came with
  cert_ends   timestamptz
) with (fillfactor = 70);
create index terminal_contacts_last on terminal_contacts (last_at);

-- Moving to another shop is an act with a date: from the beginning of that day in Tehran on.
create table terminal_moves (
  move_id     bigint generated always as identity primary key,
  terminal_id text        not null references terminals,
  merchant_id text        not null references merchants,
  was         text        references merchants,    -- the shop it came from, once it has moved
  on_day      date        not null,
  reason      text        not null check (length(reason) between 1 and 300),
  actor       text        not null,
  asked_at    timestamptz not null default now(),
  applied_at  timestamptz,
  dropped_at  timestamptz,
  check (applied_at is null or dropped_at is null),
  check ((applied_at is null) = (was is null))
);
create unique index terminal_moves_open on terminal_moves (terminal_id) where applied_at is null and dropped_at is null;
create index terminal_moves_due on terminal_moves (on_day) where applied_at is null and dropped_at is null;

alter table terminal_blocks add column blocked_by text; -- null: the guard

-- The ladder is climbed by what happens, whoever writes it.
create function climb_keyed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update terminals set keyed_at = now() where terminal_id = new.terminal_id and keyed_at is null;
  return null;
end $$;
create trigger climb after insert or update of tmk on terminal_keys for each row when (new.tmk is not null) execute function climb_keyed();
create function climb_certified() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update terminals set certified_at = new.issued_at where terminal_id = new.terminal_id and certified_at is null;
  return null;
end $$;
create trigger climb after insert on terminal_certificates for each row execute function climb_certified();
create function climb_active() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update terminals set active_at = new.last_at where terminal_id = new.terminal_id and active_at is null;
  return null;
end $$;
create trigger climb after insert on terminal_contacts for each row execute function climb_active();

-- What has ended has ended: no file, no block and no hand brings it back. A lost one that is found may be retired.
create function keep_ended() returns trigger language plpgsql as $$
begin
  if old.ended is not null and (new.ended is null or (old.ended = 'retired' and new.ended <> 'retired')) then
    raise exception 'terminal % is %: it does not come back', old.terminal_id, old.ended using errcode = 'check_violation', constraint = 'terminals_stay_ended';
  end if;
  if new.ended is not null then
    new.status := 'disabled';
    new.merchant_id := old.merchant_id;
  end if;
  return new;
end $$;
create trigger keep_ended before update on terminals for each row when (old.ended is not null or new.ended is not null)
  execute function keep_ended();

-- Who acts, and why: said once a transaction by who knows it (src/terminals/acting.ts), and kept by the audit.
create function terminal_by() returns jsonb language sql stable as $$
  select nullif(current_setting('kalabarg.by', true), '')::jsonb
$$;
create function audit_terminal() returns trigger language plpgsql as $$
declare
  who jsonb := terminal_by();
  name text;
  v_before jsonb := '{}';
  v_after jsonb;
  v_act text;
begin
  v_after := jsonb_build_object('state', new.state, 'merchant', new.merchant_id, 'serial', new.serial, 'model', new.model, 'psp', new.psp,
                                'place', new.place, 'profile', new.profile, 'keyScheme', new.key_scheme);
  if tg_op = 'UPDATE' then
    v_before := jsonb_build_object('state', old.state, 'merchant', old.merchant_id, 'serial', old.serial, 'model', old.model, 'psp', old.psp,
                                   'place', old.place, 'profile', old.profile, 'keyScheme', old.key_scheme);
    v_act := case
      when new.ended is distinct from old.ended then 'terminal.' || new.ended
      when new.blocked and not old.blocked then 'terminal.blocked'
      when new.status <> old.status then case new.status when 'disabled' then 'terminal.disabled' else 'terminal.enabled' end
      when new.merchant_id <> old.merchant_id then 'terminal.moved'
      when new.state <> old.state and new.state = 'active' and not old.blocked then 'terminal.activated'
      when new.state <> old.state and not old.blocked then null -- its key and its certificate have rows of their own
      when old.blocked and not new.blocked then null            -- so has the end of a block (0702_money_acts.sql)
      when who is not null then 'terminal.changed' end;
    select jsonb_object_agg(key, value) into v_before from jsonb_each(v_before) where v_after -> key is distinct from value;
    select jsonb_object_agg(key, value) into v_after from jsonb_each(v_after) where v_before ? key;
  elsif who is not null then
    v_act := 'terminal.registered';                              -- a file that brings terminals is a row as a file
    v_before := null;
  end if;
  if v_act is null then return null; end if;
  name := coalesce(who ->> 'name', nullif(current_setting('kalabarg.actor', true), ''), 'database role ' || session_user);
  insert into audit (actor_id, actor, act, object, before, after, reason, request_id)
  values (coalesce((who ->> 'id')::bigint, known_person(name)), left(name, 100), v_act, 'terminal:' || new.terminal_id, v_before, v_after,
          left(who ->> 'reason', 1000), who ->> 'requestId');
  return null;
end $$;
create constraint trigger audit_new_terminal after insert on terminals deferrable initially deferred for each row
  execute function audit_terminal();
create constraint trigger audit_terminal after update on terminals deferrable initially deferred for each row
  when ((old.state, old.merchant_id, old.serial, old.model, old.psp, old.place, old.profile, old.key_scheme)
        is distinct from (new.state, new.merchant_id, new.serial, new.model, new.psp, new.place, new.profile, new.key_scheme))
  execute function audit_terminal();

-- What people change, with the owner's rights: a role at work may not write terminals. Each says why it cannot be in the words of a
-- constraint, which the caller puts into a sentence.
create function refuse_terminal(p_why text, p_terminal text) returns void language plpgsql as $$
begin
  raise exception 'terminal %: %', p_terminal, p_why using errcode = 'check_violation', constraint = 'terminal_' || p_why;
end $$;

-- A shop that may sell and may have another terminal.
create function demand_shop_for_terminal(p_terminal text, p_merchant text) returns void language plpgsql as $$
declare
  shop merchants;
begin
  select * into shop from merchants where merchant_id = p_merchant for share;
  if shop.merchant_id is null then perform refuse_terminal('shop_unknown', p_terminal); end if;
  if shop.status <> 'approved' or database_clock() < shop.terminal_from or database_clock() >= shop.terminal_until then
    perform refuse_terminal('shop_stopped', p_terminal);
  end if;
end $$;

-- @param p_terminal null: the next free number
create function register_terminal(p_terminal text, p_merchant text, p_about jsonb) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_terminal text := p_terminal;
begin
  if terminal_by() is null then raise exception 'nobody acts' using errcode = 'check_violation'; end if;
  perform demand_shop_for_terminal(coalesce(p_terminal, 'new'), p_merchant);
  while v_terminal is null or (p_terminal is null and exists (select 1 from terminals where terminal_id = v_terminal)) loop
    v_terminal := (90000000 + nextval('terminal_numbers'))::text;
  end loop;
  insert into terminals (terminal_id, merchant_id, profile, key_scheme, serial, model, psp, place)
  values (v_terminal, p_merchant, coalesce(p_about ->> 'profile', 'native'), p_about ->> 'keyScheme', p_about ->> 'serial', p_about ->> 'model',
          p_about ->> 'psp', p_about ->> 'place');
  return v_terminal;
end $$;
revoke execute on function register_terminal(text, text, jsonb) from public;

-- @param p_about what changes: a key that is absent stays, null takes it away
create function change_terminal(p_terminal text, p_about jsonb, p_version int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  t terminals;
begin
  if terminal_by() is null then raise exception 'nobody acts' using errcode = 'check_violation'; end if;
  select * into t from terminals where terminal_id = p_terminal for update;
  if t.terminal_id is null then perform refuse_terminal('unknown', p_terminal); end if;
  if p_version is not null and t.version <> p_version then perform refuse_terminal('stale', p_terminal); end if;
  if t.ended is not null then perform refuse_terminal('ended', p_terminal); end if;
  update terminals set version = version + 1,
    profile = coalesce(p_about ->> 'profile', profile),
    key_scheme = case when p_about ? 'keyScheme' then p_about ->> 'keyScheme' else key_scheme end,
    serial = case when p_about ? 'serial' then p_about ->> 'serial' else serial end,
    model = case when p_about ? 'model' then p_about ->> 'model' else model end,
    psp = case when p_about ? 'psp' then p_about ->> 'psp' else psp end,
    place = case when p_about ? 'place' then p_about ->> 'place' else place end
   where terminal_id = p_terminal;
end $$;
revoke execute on function change_terminal(text, jsonb, int) from public;

-- @param p_today in Tehran
create function move_terminal(p_terminal text, p_merchant text, p_day date, p_today date, p_version int) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  who jsonb := terminal_by();
  t terminals;
  v_move bigint;
begin
  if who is null or who ->> 'reason' is null then raise exception 'nobody acts' using errcode = 'check_violation'; end if;
  select * into t from terminals where terminal_id = p_terminal for update;
  if t.terminal_id is null then perform refuse_terminal('unknown', p_terminal); end if;
  if p_version is not null and t.version <> p_version then perform refuse_terminal('stale', p_terminal); end if;
  if t.ended is not null then perform refuse_terminal('ended', p_terminal); end if;
  if t.merchant_id = p_merchant then perform refuse_terminal('same_shop', p_terminal); end if;
  if p_day < p_today then perform refuse_terminal('move_past', p_terminal); end if;
  perform demand_shop_for_terminal(p_terminal, p_merchant);
  update terminal_moves set dropped_at = now() where terminal_id = p_terminal and applied_at is null and dropped_at is null;
  insert into terminal_moves (terminal_id, merchant_id, on_day, reason, actor)
  values (p_terminal, p_merchant, p_day, who ->> 'reason', who ->> 'name') returning move_id into v_move;
  update terminals set version = version + 1 where terminal_id = p_terminal;
  perform apply_terminal_move(v_move, p_today);
  return v_move;
end $$;
revoke execute on function move_terminal(text, text, date, date, int) from public;

create function apply_terminal_move(p_move bigint, p_today date) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  m terminal_moves;
begin
  select * into m from terminal_moves where move_id = p_move and applied_at is null and dropped_at is null and on_day <= p_today for update;
  if m.move_id is null then return false; end if;
  if exists (select 1 from terminals where terminal_id = m.terminal_id and ended is not null) then
    update terminal_moves set dropped_at = now() where move_id = m.move_id;
    return false;
  end if;
  update terminal_moves set applied_at = now(), was = t.merchant_id from terminals t where move_id = m.move_id and t.terminal_id = m.terminal_id;
  update terminals set merchant_id = m.merchant_id where terminal_id = m.terminal_id;
  return true;
end $$;
revoke execute on function apply_terminal_move(bigint, date) from public;

-- Stops a terminal by hand: it may still give back and advise, as one that the guard stopped (handlers/guard).
create function block_terminal(p_terminal text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  who jsonb := terminal_by();
begin
  if who is null or who ->> 'reason' is null then raise exception 'nobody acts' using errcode = 'check_violation'; end if;
  perform from terminals where terminal_id = p_terminal and ended is null for update;
  if not found then perform refuse_terminal(case when exists (select from terminals where terminal_id = p_terminal) then 'ended' else 'unknown' end, p_terminal); end if;
  insert into terminal_blocks (terminal_id, rule, evidence, blocked_by) values (p_terminal, 'person', left(who ->> 'reason', 500), who ->> 'name')
    on conflict do nothing;
  if not found then return false; end if;
  update terminals set blocked = true, version = version + 1 where terminal_id = p_terminal;
  return true;
end $$;
revoke execute on function block_terminal(text) from public;

-- @param p_how `retired`, or `lost`: stolen or nobody knows where
create function end_terminal(p_terminal text, p_how text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  who jsonb := terminal_by();
  t terminals;
begin
  if who is null or who ->> 'reason' is null then raise exception 'nobody acts' using errcode = 'check_violation'; end if;
  select * into t from terminals where terminal_id = p_terminal for update;
  if t.terminal_id is null then perform refuse_terminal('unknown', p_terminal); end if;
  if t.ended = p_how then return; end if;
  if t.ended = 'retired' then perform refuse_terminal('ended', p_terminal); end if;
  update terminals set ended = p_how, ended_at = now(), end_reason = left(who ->> 'reason', 300), status = 'disabled', version = version + 1
   where terminal_id = p_terminal;
  update terminal_moves set dropped_at = now() where terminal_id = p_terminal and applied_at is null and dropped_at is null;
  update devices set ended_at = now(), end_reason = left(who ->> 'reason', 300), fault = null, fault_at = null, version = version + 1
   where terminal_id = p_terminal and ended_at is null;
end $$;
revoke execute on function end_terminal(text, text) from public;

-- A device that is bound, or taken out of service, is so in the registry too.
create function tell_registry() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- whose terminal is out of service has given its device away (0700_devices.sql)
  update terminals set serial = null where serial = new.serial and terminal_id <> new.terminal_id and ended is null and status = 'disabled';
  update terminals set serial = new.serial, model = coalesce(new.model, model) where terminal_id = new.terminal_id and ended is null
     and (serial, model) is distinct from (new.serial, coalesce(new.model, model));
  return null;
end $$;
create trigger tell_registry after insert or update of terminal_id, serial, model on devices for each row
  when (new.terminal_id is not null and new.ended_at is null) execute function tell_registry();
create or replace function retire_terminal(p_device bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  update terminals t set status = 'disabled', ended = 'retired', ended_at = d.ended_at, end_reason = d.end_reason from devices d
   where d.device_id = p_device and d.ended_at is not null and t.terminal_id = d.terminal_id and t.ended is null
     and not exists (select 1 from devices o where o.terminal_id = d.terminal_id and o.ended_at is null)
$$;
