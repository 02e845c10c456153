-- Since when a terminal has its master key: keys have an age at which they are changed.
alter table terminal_keys add column tmk_at timestamptz;
update terminal_keys set tmk_at = changed_at where tmk is not null;
