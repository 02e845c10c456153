-- Who reserved: a reservation yields to other terminals, not to its own.
alter table quotes add column terminal_id text;
