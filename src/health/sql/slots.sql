-- WAL that a standby which is gone makes the server keep, bytes.
select slot_name as name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint::text as kept
  from pg_replication_slots where not active and restart_lsn is not null
