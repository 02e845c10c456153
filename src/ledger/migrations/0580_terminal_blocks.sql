-- Terminals that the gateway has cut off because of what they sent (handlers/guard), until a person lifts it. A terminal has one
-- block that stands at most; those that were lifted stay as they were. `blocked` is beside `status`, which reference files set: a
-- file must not lift a block.
alter table terminals add column blocked boolean not null default false;
create table terminal_blocks (
  block_id    bigint generated always as identity primary key,
  terminal_id text        not null,
  rule        text        not null,
  evidence    text        not null,
  blocked_at  timestamptz not null default now(),
  lifted_at   timestamptz,
  lifted_by   text,
  note        text,
  check ((lifted_at is null) = (lifted_by is null))
);
create unique index terminal_blocks_standing on terminal_blocks (terminal_id) where lifted_at is null;
