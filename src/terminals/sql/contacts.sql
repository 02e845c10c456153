-- What was noted of terminals since the last time; of two copies' notes the later one holds.
insert into terminal_contacts as c (terminal_id, last_at, drift_ms, drift_at, software, cert_sha256, cert_ends)
select n.terminal, n.at, n.drift, case when n.drift is not null then n.at end, n.software, n.sha256, n.ends
  from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[]) as n (terminal, at, drift, software, sha256, ends)
  join terminals t on t.terminal_id = n.terminal
 order by n.terminal
on conflict (terminal_id) do update set
  last_at = greatest(c.last_at, excluded.last_at),
  drift_ms = case when excluded.drift_at >= coalesce(c.drift_at, '-infinity') then excluded.drift_ms else c.drift_ms end,
  drift_at = greatest(c.drift_at, excluded.drift_at),
  software = case when excluded.last_at >= c.last_at then coalesce(excluded.software, c.software) else c.software end,
  cert_sha256 = case when excluded.last_at >= c.last_at then coalesce(excluded.cert_sha256, c.cert_sha256) else c.cert_sha256 end,
  cert_ends = case when excluded.last_at >= c.last_at then coalesce(excluded.cert_ends, c.cert_ends) else c.cert_ends end
