select extract(epoch from now() - last_archived_time)::float8 as archived, failed_count::int as failed,
       last_failed_time > coalesce(last_archived_time, '-infinity') as failing, last_failed_wal as wal,
       (select setting::int from pg_settings where name = 'archive_timeout') as timeout
  from pg_stat_archiver
