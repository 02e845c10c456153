-- Which remote authority decides what (docs/decisions/0101). How it is reached stands in authorities.yaml of each copy, and counts only once two
-- persons said so of just that content; one person ends it.
create table authority_bindings (
  binding_id      bigint generated always as identity primary key,
  authority       text not null check (authority ~ '^[a-z][a-z0-9-]{1,19}$'),
  programme_id    text not null references programmes,
  cards           text[] not null check (cardinality(cards) between 1 and 1000),
  url             text not null check (length(url) between 8 and 500),
  ca_sha256       text check (ca_sha256 ~ '^[0-9a-f]{64}$'),  -- of the file of those whom its certificate may come from; null: on this machine
  reserve_seconds int  not null check (reserve_seconds between 120 and 180),
  digest          text not null check (digest ~ '^[0-9a-f]{64}$'),
  valid_from      date not null,
  reason          text not null check (length(reason) between 5 and 1000),
  proposed_by     text not null check (proposed_by <> ''),
  proposed_by_id  bigint references persons,
  proposed_at     timestamptz not null,
  verdict         text check (verdict in ('approved', 'rejected')),
  decided_by      text,
  decided_by_id   bigint references persons,
  decided_at      timestamptz,
  ended_by        text,
  ended_by_id     bigint references persons,
  ended_at        timestamptz,
  end_reason      text check (length(end_reason) between 5 and 1000),
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decided_at is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by)),
  check (verdict is distinct from 'approved' or decided_by_id <> proposed_by_id),
  check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (end_reason is null)),
  check (ended_at is null or verdict = 'approved')
);
create index authority_bindings_open on authority_bindings (authority) where verdict = 'approved' and ended_at is null;
create index authority_bindings_waiting on authority_bindings (proposed_at) where verdict is null;
create trigger fill_person_ids before insert or update on authority_bindings for each row execute function fill_person_ids('proposed_by', 'decided_by', 'ended_by');

-- Proposed, decided once, ended once; an approval counts from its own day on at the earliest.
create function decide_authority_binding() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.verdict, new.ended_at) > 0 then raise exception 'a binding is proposed first' using errcode = 'check_violation'; end if;
    return new;
  end if;
  if old.ended_at is not null then raise exception 'binding % was ended before', old.binding_id using errcode = 'check_violation'; end if;
  if old.verdict is not null and new.verdict is distinct from old.verdict then
    raise exception 'binding % was % before', old.binding_id, old.verdict using errcode = 'check_violation';
  end if;
  if old.verdict is null and new.verdict = 'approved' then new.valid_from := greatest(old.valid_from, database_today()); end if;
  return new;
end $$;
create trigger decide_authority_binding before insert or update on authority_bindings for each row execute function decide_authority_binding();

create function audit_authority_binding() returns trigger language plpgsql as $$
declare
  act text := case when new.ended_at is not null then 'ended' else coalesce(new.verdict, 'proposed') end;
begin
  perform audit_act(case act when 'ended' then new.ended_by when 'proposed' then new.proposed_by else new.decided_by end,
                    'credit-authority.' || act, 'credit-authority:' || new.binding_id,
                    jsonb_build_object('authority', new.authority, 'programme', new.programme_id, 'from', new.valid_from, 'cards', new.cards,
                                       'url', new.url, 'caSha256', new.ca_sha256, 'reserveSeconds', new.reserve_seconds),
                    case act when 'ended' then new.end_reason else new.reason end);
  return null;
end $$;
create constraint trigger audit_authority_binding after insert or update on authority_bindings deferrable initially deferred
  for each row execute function audit_authority_binding();

-- What the copies that serve terminals have in their files, so that people see it, and propose just that.
create table authority_seen (
  authority       text not null,
  digest          text not null,
  programme_id    text not null,
  cards           text[] not null,
  url             text not null,
  ca_sha256       text,
  reserve_seconds int  not null,
  first_at        timestamptz not null,
  last_at         timestamptz not null,
  primary key (authority, digest)
);

-- What a counterpart's list of a day came to.
create index breaks_psp_day on breaks (psp, settlement_date);
create index stand_ins_refused on stand_ins (presented_at) where refused_rials > 0;
