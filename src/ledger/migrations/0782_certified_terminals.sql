-- `certified` said "it has had a certificate". It says now what it is called: a certificate that holds, on a device whose model, with the software
-- that it has or will come with, passed its certification in its profile (terminals.md 1 and 5). Whoever has been heard is `active`, whatever
-- becomes of the verdict: that is shown beside it.
comment on column terminals.certified_at is 'since when it is certified: it has a certificate that holds, and its kind of device has passed; of an active one, as it was when it was heard first';
create index certifications_kind on certifications (update_slug(model), profile, certification_id);

-- The newest verdict that holds on a kind of device. @param p_software null: it is not known yet; any that passed will do
create function device_verdict(p_model text, p_software text, p_profile text) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select case when p_model is null then null
    when p_software is not null then (
      select f.verdict from certifications_in_force f
       where update_slug(f.model) = update_slug(p_model) and f.profile = p_profile and f.software = p_software
       order by f.certification_id desc limit 1)
    else (
      select max(n.verdict) from ( -- 'passed' comes after 'failed'
        select distinct on (f.software) f.verdict from certifications_in_force f
         where update_slug(f.model) = update_slug(p_model) and f.profile = p_profile
         order by f.software, f.certification_id desc) n) end
$$;

create function is_certified(t terminals) returns boolean language sql stable security definer set search_path = public, pg_temp as $$
  select device_verdict(t.model, t.software_version, t.profile) = 'passed'
     and exists (select from terminal_certificates c where c.terminal_id = t.terminal_id and c.not_after > now()
                    and not exists (select from terminal_revocations r where r.sha256 = c.sha256))
$$;

-- @param p_terminal, p_model one of them: whose standing may have changed. Whoever is active stays as it is.
create function recertify(p_terminal text, p_model text) returns void language sql security definer set search_path = public, pg_temp as $$
  update terminals t set certified_at = case when t.certified_at is null then now() end
   where (t.terminal_id = p_terminal or update_slug(t.model) = update_slug(p_model)) and t.active_at is null and t.ended is null
     and (t.certified_at is not null) is distinct from coalesce(is_certified(t), false)
$$;
revoke execute on function recertify(text, text) from public;

create or replace function climb_certified() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform recertify(new.terminal_id, null);
  return null;
end $$;
create trigger climb_down after insert on terminal_revocations for each row execute function climb_certified();
create function climb_by_verdict() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform recertify(null, new.model);
  return null;
end $$;
create trigger climb after insert or update on certifications for each row execute function climb_by_verdict();
create function climb_by_key() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform recertify(null, m.model) from (select distinct model from certifications where key_id = new.key_id) m;
  return null;
end $$;
create trigger climb after update of confirmed_at, ended_at on certification_keys for each row execute function climb_by_key();
-- after it, so that what a person changed and what follows of it are two rows: the audit tells the first
create function climb_as_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform recertify(new.terminal_id, null);
  return null;
end $$;
create trigger climb_as_changed after update of model, profile, software_version on terminals for each row
  when (new.active_at is null and (old.model, old.profile, old.software_version) is distinct from (new.model, new.profile, new.software_version))
  execute function climb_as_changed();

update terminals t set certified_at = null
 where active_at is null and ended is null and certified_at is not null and not coalesce(is_certified(t), false);
