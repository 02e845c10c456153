select application_name as name, state, sync_state as sync,
       coalesce(extract(epoch from replay_lag), 0)::float8 as lag, sent_lsn is null as hidden
  from pg_stat_replication order by application_name
