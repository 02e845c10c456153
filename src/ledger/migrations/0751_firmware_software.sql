-- What certification calls a firmware: its software, exactly as the device says it (terminals.md 5). Older releases have none.
alter table update_releases add column software text
  check (length(software) between 1 and 40 and (software is null or component = 'firmware'));
