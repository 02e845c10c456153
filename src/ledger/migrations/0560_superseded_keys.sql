-- Pairs of session keys that a terminal had before its previous one, the youngest first: a device that still uses one of them
-- is told to sign on again (RC 76), not that its MAC is wrong.
alter table terminal_keys add column superseded jsonb not null default '[]';
