-- Which device, with which software, in which profile was certified (terminals.md 5, decision 67).

-- Keys of laboratories whose signed reports are believed. One person brings a key, another confirms it.
create table certification_keys (
  key_id       text        primary key check (key_id ~ '^[0-9a-f]{64}$'), -- SHA-256 of the public key (SPKI, DER)
  public_key   text        not null,                                      -- PEM, Ed25519
  name         text        not null check (length(name) between 2 and 100),
  proposed_by  text        not null,
  proposed_at  timestamptz not null,
  confirmed_by text,
  confirmed_at timestamptz,
  ended_by     text,
  ended_at     timestamptz,
  check (confirmed_by <> proposed_by),
  check ((confirmed_by is null) = (confirmed_at is null)),
  check ((ended_by is null) = (ended_at is null))
);

-- Verdicts. One holds by a report that is signed with a believed key, or by two persons; the newest that holds counts.
create table certifications (
  certification_id bigint      generated always as identity primary key,
  vendor           text        not null check (length(vendor) between 1 and 100),
  model            text        not null check (length(model) between 1 and 60),
  software         text        not null check (length(software) between 1 and 40),
  profile          text        not null check (length(profile) between 1 and 40),
  verdict          text        not null check (verdict in ('passed', 'failed')),
  reason           text        not null check (length(reason) between 3 and 300),
  report_sha256    text        unique check (report_sha256 ~ '^[0-9a-f]{64}$'), -- of what is signed
  key_id           text        references certification_keys,
  counts           jsonb,                                                      -- of the report: passed, failed, waived …
  proposed_by      text        not null,
  proposed_at      timestamptz not null,
  confirmed_by     text,
  confirmed_at     timestamptz,
  revoked_by       text,
  revoke_reason    text        check (length(revoke_reason) between 3 and 300),
  revoked_at       timestamptz,
  check (num_nulls(report_sha256, key_id, counts) in (0, 3)),
  check (confirmed_by <> proposed_by),
  check ((confirmed_by is null) = (confirmed_at is null)),
  check (num_nulls(revoked_by, revoke_reason, revoked_at) in (0, 3))
);
create index certifications_subject on certifications (model, software, profile, certification_id);

-- Those that hold.
create view certifications_in_force as
  select c.* from certifications c left join certification_keys k using (key_id)
   where c.revoked_at is null
     and (c.confirmed_at is not null or (k.confirmed_at is not null and k.ended_at is null));
