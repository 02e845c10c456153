-- The last line of each day's journal file (files.md, Journal export): with it a file of its own can be trusted to its end.
create table journal_exports (
  business_day date        primary key,
  last_sha256  text        not null check (last_sha256 ~ '^[0-9a-f]{64}$'),
  lines        bigint      not null,
  written_at   timestamptz not null
);
