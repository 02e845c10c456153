-- Certificates that are not let in any more (terminals.md 2). Rows are added, never changed: what is revoked stays so. They are numbered
-- without gaps in the order of their commits, so that every copy of the gateway reads on from the last number that it has
-- (src/terminals/certificates/access.ts).
alter table terminal_certificates
  add column issuer text not null default '' check (length(issuer) <= 1000), -- name of the authority; '' in rows of before
  add column source text not null default 'csr' check (source in ('csr', 'pkcs12', 'renewal', 'imported'));
-- A serial is its authority's: another one's may repeat it.
alter table terminal_certificates drop constraint terminal_certificates_pkey, add primary key (sha256), add unique (issuer, serial);
create index terminal_certificates_end on terminal_certificates (not_after);

create table terminal_revocations (
  seq         bigint primary key,
  terminal_id text not null references terminals,
  sha256      text unique check (sha256 ~ '^[0-9a-f]{64}$'), -- null: no certificate of this terminal, whoever issued it
  reason      text not null check (reason in ('unspecified', 'keyCompromise', 'superseded', 'cessationOfOperation', 'privilegeWithdrawn')),
  at          timestamptz not null default clock_timestamp()
);
create index terminal_revocations_terminal on terminal_revocations (terminal_id);

create function number_revocation() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(8583, 731); -- one at a time, until the commit: whoever reads a number has read all before it
  new.seq := coalesce((select max(seq) from terminal_revocations), 0) + 1;
  return new;
end $$;
create trigger number_revocation before insert on terminal_revocations for each row execute function number_revocation();

create function audit_revocation() returns trigger language plpgsql as $$
declare
  who jsonb := terminal_by();
  name text := coalesce(who ->> 'name', nullif(current_setting('kalabarg.actor', true), ''), 'database role ' || session_user);
begin
  insert into audit (actor_id, actor, act, object, after, reason, request_id)
  values (coalesce((who ->> 'id')::bigint, known_person(name)), left(name, 100), 'certificate.revoked', 'terminal:' || new.terminal_id,
          jsonb_build_object('reason', new.reason) || coalesce((select jsonb_build_object('serial', c.serial, 'sha256', c.sha256)
            from terminal_certificates c where c.sha256 = new.sha256), '{}'), left(who ->> 'reason', 1000), who ->> 'requestId');
  return null;
end $$;
create constraint trigger audit_revocation after insert on terminal_revocations deferrable initially deferred for each row
  when (new.sha256 is not null) execute function audit_revocation(); -- the end of a terminal has a row of its own

-- The end of a terminal is the end of its certificates, in the same transaction, whoever ends it.
create function revoke_of_ended() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  why text := case new.ended when 'lost' then 'keyCompromise' else 'cessationOfOperation' end;
begin
  insert into terminal_revocations (terminal_id, sha256, reason)
  select c.terminal_id, c.sha256, why from terminal_certificates c
   where c.terminal_id = new.terminal_id and not exists (select 1 from terminal_revocations r where r.sha256 = c.sha256);
  insert into terminal_revocations (terminal_id, reason) select new.terminal_id, why
   where not exists (select 1 from terminal_revocations r where r.terminal_id = new.terminal_id and r.sha256 is null);
  return null;
end $$;
create trigger revoke_of_ended after update of ended on terminals for each row
  when (new.ended is not null and old.ended is distinct from new.ended) execute function revoke_of_ended();
insert into terminal_revocations (terminal_id, sha256, reason)
  select c.terminal_id, c.sha256, 'cessationOfOperation' from terminal_certificates c join terminals t using (terminal_id) where t.ended is not null;
insert into terminal_revocations (terminal_id, reason) select terminal_id, 'cessationOfOperation' from terminals where ended is not null;

-- What an ended terminal gets is a mistake of somebody's; a key that was given away is nobody's any more.
create function demand_live_certificate() returns trigger language plpgsql as $$
begin
  if exists (select 1 from terminals where terminal_id = new.terminal_id and ended is not null) then perform refuse_terminal('ended', new.terminal_id); end if;
  if exists (select 1 from terminal_certificates c join terminal_revocations r using (sha256) where c.spki_sha256 = new.spki_sha256) then
    raise exception 'the key is of a revoked certificate' using errcode = 'check_violation', constraint = 'certificate_key_is_revoked';
  end if;
  return new;
end $$;
create trigger demand_live_certificate before insert on terminal_certificates for each row execute function demand_live_certificate();

-- The lists of what is revoked, for others (RFC 5280 5): a row each, signed.
create table terminal_crls (
  number      bigint primary key,
  issuer      text        not null,
  pem         text        not null,
  upto        bigint      not null, -- the last revocation in it
  entries     int         not null,
  this_update timestamptz not null,
  next_update timestamptz not null
);

-- An authority whose key the HSM keeps: sealed under a key that only the HSM can make again, as that of papers is (0660_papers.sql).
create table terminal_authorities (
  authority_id bigint generated always as identity primary key,
  name         text        not null check (length(name) between 1 and 200),
  certificate  text        not null,
  public       bytea       not null,   -- SubjectPublicKeyInfo, DER
  sealed       bytea       not null,
  hsm_key      jsonb       not null,
  made_at      timestamptz not null default now(),
  made_by      text        not null
);
