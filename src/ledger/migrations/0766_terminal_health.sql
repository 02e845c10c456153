-- How terminals do, from their traffic (terminals.md 1): counted in memory by each copy, added here every minute.
create table terminal_health_days (
  terminal_id  text not null references terminals,
  day          date not null,                     -- in Tehran
  requests     int  not null default 0,
  sales        int  not null default 0,           -- 0200 that asked for money
  approved     int  not null default 0,
  reversals    int  not null default 0,           -- new ones: repeats are not counted
  late         int  not null default 0,           -- answers that took longer than a device waits
  mac_failures int  not null default 0,
  stan_gaps    int  not null default 0,           -- times that a STAN did not follow the one before
  primary key (day, terminal_id)
) with (fillfactor = 70);
create index terminal_health_terminal on terminal_health_days (terminal_id, day);

-- When a terminal is sick. Dated: the newest row of a rule whose day has come counts.
create table terminal_health_rules (
  rule       text    not null check (rule in ('stan-gaps', 'late-answers', 'reversals', 'mac-failures', 'clock-drift', 'silent')),
  valid_from date    not null,
  threshold  numeric not null check (threshold >= 0),
  least      int     not null check (least >= 0), -- of fewer than so many nothing is said
  primary key (rule, valid_from)
);
insert into terminal_health_rules values
  ('stan-gaps', '2026-01-01', 5, 20),       -- per hundred requests
  ('late-answers', '2026-01-01', 10, 20),   -- per hundred requests
  ('reversals', '2026-01-01', 10, 10),      -- per hundred sales
  ('mac-failures', '2026-01-01', 3, 0),     -- a day
  ('clock-drift', '2026-01-01', 120, 0),    -- seconds either way
  ('silent', '2026-01-01', 14, 5);          -- o'clock in Tehran: five sales yesterday and none today by then
