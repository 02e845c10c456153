do $$
declare
  part record;
begin
  truncate transactions, requests, postings, quotes, tombstones, bank_advices, buckets, entitlement_uses, moved_rations, stray_requests,
    credit_shortages, rrn_hours;
  update practice_seats set token_hash = null, staff_id = null, lesson = null, cut = null, finished = '{}', shown = null;
  delete from business_days;
  for part in select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent in ('transactions'::regclass, 'requests'::regclass, 'postings'::regclass) loop
    execute format('drop table %I', part.name);
  end loop;
end $$
