-- Every copy of the gateway keeps terminals in memory (merchants/directory): whoever changes one, by whatever way, tells all.
create function notify_terminal() returns trigger language plpgsql as $$
begin
  perform pg_notify('kalabarg_terminal', coalesce(new.terminal_id, old.terminal_id));
  return null;
end $$;

create trigger notify_terminal after insert or update or delete on terminals
  for each row execute function notify_terminal();
create trigger notify_terminal after insert or update or delete on terminal_keys
  for each row execute function notify_terminal();
