-- Who did what, to what, and why (people.md 1). Rows are added in the transaction of the change they speak of, never changed. Each
-- carries the hash of the one before, by a trigger with the owner's rights: a role of a duty can add a row, and choose neither its
-- number nor its time nor its hash.
create table audit (
  seq        bigint primary key,                   -- without gaps
  at         timestamptz not null,
  actor_id   bigint references persons,            -- null: a job of the system, the owner of the database, or nobody known
  actor      text not null check (length(actor) between 1 and 100),
  act        text not null check (act ~ '^[a-z-]+(\.[a-z-]+)+$'),
  object     text not null check (length(object) <= 200),
  before     jsonb,
  after      jsonb,
  reason     text check (length(reason) <= 1000),
  request_id text check (length(request_id) <= 100),
  prev       text not null check (prev ~ '^[0-9a-f]{64}$'),
  hash       text not null check (hash ~ '^[0-9a-f]{64}$')
);
create index audit_actor on audit (actor_id, seq);
create index audit_object on audit (object, seq);

-- What is hashed of a row, beside the hash of the one before.
create function audit_line(a audit) returns text language sql stable set timezone = 'UTC' as $$
  select jsonb_build_array((a).seq, to_char((a).at, 'YYYY-MM-DD"T"HH24:MI:SS.US'), (a).actor_id, (a).actor, (a).act, (a).object,
    (a).before, (a).after, (a).reason, (a).request_id)::text
$$;
create function chain_audit() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  last audit;
begin
  perform pg_advisory_xact_lock(8583, 621);        -- one at a time, until the commit: else two would follow the same row
  select * into last from audit order by seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.at := clock_timestamp();
  new.prev := coalesce(last.hash, repeat('0', 64));
  new.hash := encode(sha256(convert_to(new.prev || audit_line(new), 'UTF8')), 'hex');
  return new;
end $$;
create trigger chain_audit before insert on audit for each row execute function chain_audit();
