select (select count(*) from pg_stat_activity
         where datname = current_database() and state <> 'idle' and backend_type = 'client backend'
           and pid <> pg_backend_pid() and xact_start < now() - interval '5 minutes')::int as old,
       (select count(*) from pg_stat_activity where backend_type = 'client backend')::int as used,
       (select max(age(datfrozenxid)) from pg_database)::bigint::text as age
