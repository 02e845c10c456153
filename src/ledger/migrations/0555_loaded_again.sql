-- Reference files whose bytes come again are applied again: how often they came, under what name, and when last.
alter table loaded_files
  add column loads          int         not null default 1 check (loads > 0),
  add column last_name      text,
  add column last_loaded_at timestamptz not null default now();
update loaded_files set last_loaded_at = loaded_at, last_name = name;
