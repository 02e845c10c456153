-- What follows an approval (people.md 4): the shop's device gets a number, a key and a certificate. Where a device stands follows from
-- these instants (src/enrolment/device.ts); no state is kept beside them.
create sequence terminal_numbers;

create table devices (
  device_id    bigint generated always as identity primary key,
  case_id      bigint not null references shop_cases,  -- the approval that it follows
  merchant_id  text   not null references merchants,
  kind         text   not null check (kind in ('own', 'new')),
  model        text   check (length(model) <= 60),
  said_serial  text   check (said_serial ~ '^[0-9A-Z]{1,40}$'), -- as the shop or an engineer says; it is the device's once it is bound
  serial       text   check (serial ~ '^[0-9A-Z]{1,40}$'),
  terminal_id  text   unique references terminals,
  asked_at     timestamptz not null,
  assigned_at  timestamptz,                       -- a new device was taken for it
  shipped_at   timestamptz,
  delivered_at timestamptz,
  bound_at     timestamptz,
  keyed_at     timestamptz,
  told_at      timestamptz,                       -- the owner was told that the terminal is ready
  ended_at     timestamptz,                       -- cancelled, or out of service: the serial is free again
  end_reason   text check (length(end_reason) between 1 and 300),
  fault        text check (fault in ('shop_stopped', 'serial_missing', 'serial_in_use', 'hsm')),
  fault_at     timestamptz,
  tried_at     timestamptz,                       -- when the next step was tried last, in vain
  version      int not null default 1,
  check ((bound_at is null) = (terminal_id is null) and (bound_at is null) = (serial is null)),
  check (keyed_at is null or bound_at is not null),
  check (told_at is null or keyed_at is not null),
  check (kind = 'new' or (assigned_at is null and shipped_at is null and delivered_at is null)),
  check (shipped_at is null or assigned_at is not null),
  check (delivered_at is null or shipped_at is not null),
  check ((ended_at is null) = (end_reason is null)),
  check ((fault is null) = (fault_at is null))
);
-- A device serves one shop at a time.
create unique index devices_serial on devices (serial) where ended_at is null;
create unique index devices_of_case on devices (case_id) where ended_at is null;
create index devices_merchant on devices (merchant_id);
create index devices_open on devices (tried_at nulls first, device_id) where ended_at is null and told_at is null;

create index if not exists terminals_merchant on terminals (merchant_id);

-- Certificates that were given to terminals. Added to; a registry with revocation comes beside it.
create table terminal_certificates (
  serial      text primary key check (serial ~ '^[0-9a-f]{2,40}$'),
  terminal_id text not null references terminals,
  spki_sha256 text not null check (spki_sha256 ~ '^[0-9a-f]{64}$'),
  sha256      text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
  pem         text not null,
  not_before  timestamptz not null,
  not_after   timestamptz not null,
  issued_at   timestamptz not null,
  issued_by   bigint references persons
);
create index terminal_certificates_terminal on terminal_certificates (terminal_id, issued_at);
create index terminal_certificates_key on terminal_certificates (spki_sha256);
-- One key is one terminal's.
create function certificate_key_is_of_one() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(8583, hashtext(new.spki_sha256));
  if exists (select 1 from terminal_certificates c where c.spki_sha256 = new.spki_sha256 and c.terminal_id <> new.terminal_id) then
    raise exception 'the key is of another terminal' using errcode = 'unique_violation', constraint = 'certificate_key_is_of_one';
  end if;
  return new;
end $$;
create trigger certificate_key_is_of_one before insert on terminal_certificates
  for each row execute function certificate_key_is_of_one();

-- Whether two persons approved the case that a device follows, and the shop is the case's.
create function device_is_approved(d devices) returns boolean language sql stable as $$
  select exists (select 1 from shop_cases c join shops s using (shop_id)
                  where c.case_id = (d).case_id and c.state = 'APPROVED' and s.merchant_id = (d).merchant_id
                    and (select count(distinct person_id) from shop_reviews r
                          where r.case_id = c.case_id and r.round = c.round and r.verdict = 'approve') = 2)
$$;

-- Makes the terminal of a device, with the owner's rights: a role at work may not write terminals, and can make none but this way. The
-- same device again gives the same terminal.
-- @returns why it cannot be now; null: it is bound
create function bind_terminal(p_device bigint, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  d devices;
  shop merchants;
  v_terminal text;
begin
  select * into d from devices where device_id = p_device for update;
  if d.device_id is null or not device_is_approved(d) then
    raise exception 'device % follows no approval', p_device using errcode = 'check_violation';
  end if;
  if d.bound_at is not null then return null; end if;
  if d.ended_at is not null then
    raise exception 'device % has ended', p_device using errcode = 'check_violation';
  end if;
  if d.said_serial is null then return 'serial_missing'; end if;
  select * into shop from merchants where merchant_id = d.merchant_id for share;
  if shop.status <> 'approved' then return 'shop_stopped'; end if;
  perform pg_advisory_xact_lock(8583, hashtext('device ' || d.said_serial));
  if exists (select 1 from devices o join terminals t using (terminal_id)
              where o.serial = d.said_serial and o.ended_at is null and t.status = 'active') then
    return 'serial_in_use';
  end if;
  -- whose terminal is out of service has given its device away
  update devices set ended_at = p_now, end_reason = 'its terminal is out of service, and the device serves another', version = version + 1
   where serial = d.said_serial and ended_at is null;
  loop
    v_terminal := (90000000 + nextval('terminal_numbers'))::text;
    exit when not exists (select 1 from terminals where terminal_id = v_terminal);
  end loop;
  insert into terminals (terminal_id, merchant_id) values (v_terminal, d.merchant_id);
  update devices set terminal_id = v_terminal, serial = d.said_serial, bound_at = p_now, fault = null, fault_at = null, version = version + 1
   where device_id = p_device;
  return null;
end $$;
revoke execute on function bind_terminal(bigint, timestamptz) from public;

-- Stores the first master key of a bound terminal: a token that only the HSM can open. One that has a key keeps it.
create function give_first_key(p_device bigint, p_tmk jsonb, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  d devices;
begin
  select * into d from devices where device_id = p_device for update;
  if d.device_id is null or not device_is_approved(d) or d.bound_at is null or d.ended_at is not null then
    raise exception 'device % is not bound', p_device using errcode = 'check_violation';
  end if;
  if (select status from merchants where merchant_id = d.merchant_id for share) <> 'approved' then return 'shop_stopped'; end if;
  if d.keyed_at is not null then return null; end if;
  insert into terminal_keys as k (terminal_id, tmk, tmk_at) values (d.terminal_id, p_tmk, p_now)
    on conflict (terminal_id) do update set tmk = excluded.tmk, tmk_at = excluded.tmk_at, changed_at = now() where k.tmk is null;
  if found then
    insert into key_log (what, name, kcv, people) values ('generate', 'terminal:' || d.terminal_id, p_tmk ->> 'kcv', '{enrolment}');
  end if;
  update devices set keyed_at = p_now, fault = null, fault_at = null, version = version + 1 where device_id = p_device;
  return null;
end $$;
revoke execute on function give_first_key(bigint, jsonb, timestamptz) from public;

-- Takes the terminal of a device that has ended out of service.
create function retire_terminal(p_device bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  update terminals t set status = 'disabled' from devices d
   where d.device_id = p_device and d.ended_at is not null and t.terminal_id = d.terminal_id and t.status <> 'disabled'
     and not exists (select 1 from devices o where o.terminal_id = d.terminal_id and o.ended_at is null)
$$;
revoke execute on function retire_terminal(bigint) from public;

-- What was taken out of service so, no file puts in service again.
create function stay_out_of_service() returns trigger language plpgsql as $$
begin
  if exists (select 1 from devices d where d.terminal_id = new.terminal_id and d.ended_at is not null)
     and not exists (select 1 from devices d where d.terminal_id = new.terminal_id and d.ended_at is null) then
    new.status := 'disabled';
  end if;
  return new;
end $$;
create trigger stay_out_of_service before update of status on terminals for each row
  when (old.status = 'disabled' and new.status = 'active') execute function stay_out_of_service();

-- How long each side has for a device, in days.
update shop_rules set rules = rules || '{"device": {"assignDays": 5, "shipDays": 3, "deliverDays": 7, "certifyDays": 3, "signOnDays": 10, "faultDays": 2}}';
