-- What each role may do (docs/decisions/0024). Said again after every migration: what is not granted here is not granted.
--   kalabarg_gateway   a copy of the gateway at work: terminals and settlement
--   kalabarg_reader    people and tools that look
do $$
declare
  t record;
  -- what was booked, sent, said and done: added to, never changed
  append_only text[] := array['postings', 'requests', 'journal_exports', 'settlement_postings', 'settlement_events', 'break_events',
    'acquirer_files', 'acquirer_lines', 'taken_files', 'loaded_files', 'programme_files', 'key_log', 'installation'];
  -- what only files and people bring, as the owner
  reference text[] := array['programmes', 'programme_rules', 'programme_charges', 'merchants', 'terminals', 'households', 'cards', 'goods',
    'guild_goods', 'entitlements', 'holidays', 'calendar_overrides', 'paya_cycles', 'rail_limits', 'settlement_terms',
    'acquirers', 'match_rules', 'break_rules', 'migrations'];
  -- what is removed once it has served (keep/prune.ts)
  pruned text[] := array['tombstones', 'quotes', 'bank_advices', 'entitlement_uses', 'stray_requests', 'credit_shortages'];
begin
  if not exists (select 1 from pg_roles where rolname = 'kalabarg_gateway') then return; end if;
  revoke all on all tables in schema public from kalabarg_gateway, kalabarg_reader, public;
  revoke all on all sequences in schema public from kalabarg_gateway, kalabarg_reader, public;
  revoke create on schema public from kalabarg_gateway, kalabarg_reader, public;
  grant usage on schema public, decisions to kalabarg_gateway, kalabarg_reader;
  grant usage on all sequences in schema public to kalabarg_gateway;
  -- of partitioned tables the parents alone: nobody has business with a partition
  for t in select c.relname as name, c.relkind = 'v' as is_view from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition loop
    execute format('grant select on %I to kalabarg_gateway, kalabarg_reader', t.name);
    continue when t.is_view or t.name = any (reference); -- a view would change its tables with its owner's rights
    execute format('grant insert%s%s on %I to kalabarg_gateway', case when t.name = any (append_only) then '' else ', update' end,
      case when t.name = any (pruned) then ', delete' else '' end, t.name);
  end loop;
  revoke select on terminal_keys, hsm_keys, installation from kalabarg_reader;
  if to_regnamespace('bullmq') is not null then
    grant usage on schema bullmq to kalabarg_gateway;
    grant all on all tables in schema bullmq to kalabarg_gateway;
    grant all on all sequences in schema bullmq to kalabarg_gateway;
  end if;
end $$;
