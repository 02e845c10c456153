-- Files taken in, each once: the same bytes again change nothing, the same identity with other bytes is refused.
create table taken_files (
  sha256   text primary key,
  kind     text not null,                           -- pain.002, csv, camt.053, KBSF, …
  identity text not null,                           -- what the file calls itself
  name     text not null,
  lines    int  not null,
  taken_at timestamptz not null default now(),
  unique (kind, identity)
);
