-- Settings of the server on which it depends that an answer survives.
select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
       pg_is_in_recovery() as standby, current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
       current_setting('synchronous_commit') as commits, current_setting('data_checksums') as checksums,
       current_setting('autovacuum') as vacuum, current_setting('synchronous_standby_names') as wanted,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections,
       current_setting('archive_mode') as archive
