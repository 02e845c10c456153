-- A copy is here: $1 its name, $2 since when, $3 now, $4 version, $5 what it serves, $6 terminals, $7 links, $8 drift, $9 its functions
insert into gateway_copies (copy, started_at, seen_at, version, serves, connections, bank_links, drift_ms, functions)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (copy) do update set
  seen_at = excluded.seen_at, connections = excluded.connections, bank_links = excluded.bank_links, drift_ms = excluded.drift_ms
