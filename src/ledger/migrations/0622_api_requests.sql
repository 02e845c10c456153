-- What a request with an Idempotency-Key was answered, so that the same one again is answered the same and does nothing more. What is
-- shown once (a token, a set-up code) is not kept. Rows are removed after two days.
create table api_requests (
  person_id  bigint not null references persons,
  key        text not null check (length(key) between 1 and 100),
  digest     bytea not null check (octet_length(digest) = 32),   -- of method, path and body
  status     int,
  body       jsonb,
  etag       text,
  made_at    timestamptz not null default now(),
  primary key (person_id, key)
);
create index api_requests_old on api_requests (made_at);
