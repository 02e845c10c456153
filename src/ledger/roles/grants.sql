-- What each role may do (docs/decisions/0024). Said again after every migration: what is not granted here is not granted.
--   kalabarg_gateway   a copy of the gateway at work: terminals and settlement
--   kalabarg_reader    people and tools that look
--   kalabarg_public    a process that serves the public door alone (serve --only public)
do $$
declare
  t record;
  columns text;
  -- what was booked, sent, said and done: added to, never changed
  append_only text[] := array['postings', 'requests', 'journal_exports', 'settlement_postings', 'settlement_events', 'break_events',
    'update_files', 'update_paths', 'update_metadata', 'update_rollout_events', 'update_rollout_days', 'update_reports',
    'acquirer_lines', 'authority_lists', 'authority_list_lines', 'taken_files', 'bank_statements', 'installation', 'audit',
    'complaint_events', 'staff_lessons', 'bank_stand_ins', 'terminal_revocations', 'terminal_crls', 'shops', 'shop_item_history', 'shop_reviews', 'terminal_certificates', 'case_comments', 'shop_reminders', 'shop_violations', 'paper_keys',
    'registry_answers', 'shop_confirmations', 'case_reminders', 'transaction_units', 'card_part_fees', 'net_fees', 'net_totals',
    'signal_rules', 'signal_trials', 'signal_signatures', 'signal_runs', 'signal_shop_days'];
  -- what only files and people bring, as the owner
  reference text[] := array['programmes', 'programme_rules', 'programme_charges', 'merchants', 'terminals', 'households', 'cards',
    'goods', 'guild_goods', 'entitlements', 'calendar_weekends', 'holidays', 'calendar_overrides', 'paya_cycles', 'rail_limits',
    'settlement_terms', 'acquirers', 'match_rules', 'break_rules', 'terminal_shops', 'hsm_keys', 'key_log', 'loaded_files',
    'programme_files', 'migrations', 'shop_rules', 'reason_templates', 'device_models', 'psp_terminals', 'shop_proofs', 'sheba_changes', 'shop_sanctions',
    'credit_window_maps', 'basket_maps', 'programme_baskets', 'programme_basket_items', 'programme_basket_goods', 'programme_basket_guilds', 'jalali_months', 'charge_dues', 'household_changes', 'moved_cards', 'moved_rations', 'case_reminder_rules', 'money_units', 'terminal_units', 'payment_units', 'book_units', 'fee_tables', 'card_parts', 'acquirer_units', 'merchant_guilds', 'postal_areas', 'terminal_health_rules', 'terminal_moves', 'terminal_authorities'];
  -- added to; of what is there, these columns alone change: what became of it, or what a person says of it
  states jsonb := '{
    "authority_cards": ["token", "confirmed_at"],
    "authority_orders": ["said", "trace", "voucher_rials", "reserved_until", "transaction_id", "business_day", "rrn", "quote_ref", "abandoned", "told", "told_at", "due_at",
      "attempts", "last_error", "done_at"],
    "authority_bindings": ["verdict", "decided_by", "decided_at", "ended_by", "ended_at", "end_reason"],
    "authority_seen": ["last_at"],
    "stand_in_rules": ["verdict", "decided_by", "decided_at"],
    "stand_ins": ["refused_rials", "why", "presented_at"],
    "acquirer_files": ["breaks", "break_rials"],
    "api_requests": ["status", "body", "etag"],
    "bank_leftovers": ["closed_by", "note", "closed_at"],
    "buckets": ["amount_rials", "carried_rials", "spent_rials", "held_rials", "expired_rials", "swept"],
    "carry_unblocks": ["verdict", "decided_by", "decided_at"],
    "devices": ["model", "said_serial", "assigned_at", "shipped_at", "delivered_at", "told_at", "ended_at", "end_reason", "fault", "fault_at", "tried_at", "version"],
    "certification_keys": ["confirmed_by", "confirmed_at", "ended_by", "ended_at"],
    "certifications": ["confirmed_by", "confirmed_at", "revoked_by", "revoke_reason", "revoked_at"],
    "case_claims": ["person_id", "claimed_by", "until"],
    "complaints": ["told", "finding", "finding_until", "found_at", "contested_at", "asked", "asked_at", "answered_at", "remedy", "remedy_rials",
      "reason", "proposed_by", "proposed_at", "ended", "ended_by", "ended_at", "posting", "state", "waits_on", "waits_since", "waits_until", "version"],
    "eligibility": ["settled"],
    "basket_proposals": ["verdict", "decided_by", "decided_at"],
    "price_days": ["lines", "quantity", "rials", "least_rials", "most_rials"],
    "price_progress": ["after_household", "done"],
    "credit_windows": ["verdict", "decided_by", "decided_at"],
    "household_moves": ["verdict", "decided_by", "decided_at"],
    "clearing_waivers": ["verdict", "decided_by", "decided_at"],
    "messages": ["secret", "secret_until", "state", "tries", "next_at", "done_at", "reference", "fault"],
    "owner_attempts": ["count", "last_at", "free_at"],
    "owner_codes": ["tries", "used_at"],
    "owner_sessions": ["used_at", "ended_at"],
    "person_factors": ["password_hash", "totp", "totp_step", "setup_sha256", "setup_until", "setup_totp", "setup_by"],
    "person_tokens": ["tries", "proved_at", "used_at", "revoked_at"],
    "persons": ["name_fa", "name_en", "roles", "state", "version", "admin_until"],
    "recovery_codes": ["used_at"],
    "review_samples": ["person_id", "verdict", "note", "at"],
    "role_grants": ["given_by", "at"],
    "registries": ["asked", "since", "answered_at", "silent_since"],
    "saved_views": ["filters", "version", "saved_at"],
    "settlement_proposals": ["verdict", "decided_by", "decided_at", "note"],
    "traffic_answers": ["answers", "voucher_rials", "card_rials", "cash_rials"],
    "traffic_times": ["purchases", "took", "seconds"],
    "gateway_copies": ["seen_at", "connections", "bank_links", "drift_ms"],
    "shop_cases": ["due", "submitted_at", "withdrawn_at", "round", "state", "waits_on", "waits_since", "waits_until", "version", "old_closed_by", "old_closed_reason"],
    "shop_decisions": ["confirmed_by", "confirmed_at"],
    "practice_seats": ["token_hash", "begun_at", "used_at", "busy_until", "staff_id", "lesson", "since", "first_id", "stan", "acts", "is_on", "cut", "finished", "shown"],
    "shop_staff": ["code_hash", "code_until"],
    "shop_disputes": ["release_by", "release_reason", "released_by", "released_at"],
    "shop_items": ["source", "state", "version", "since", "value", "reason", "note", "valid_until", "next_check", "checked_by"],
    "shop_notices": ["response", "responded_at", "decided_by", "decided_at", "upheld", "decision", "appeal", "appealed_at", "final_by", "final_at", "final_upheld", "final", "ended_at", "state", "waits_on", "waits_until", "version"],
    "shop_papers": ["wrapped", "removed_at", "removed_by"],
    "notice_papers": ["wrapped", "removed_at", "removed_by"],
    "signals": ["state", "looked_by", "looked_at", "closed_by", "closed_at", "reason", "violation", "version"],
    "sign_in_attempts": ["failures", "last_at", "free_at"],
    "update_devices": ["report_counter", "components", "reported_at", "report", "director", "director_version"],
    "update_exemptions": ["ended_by", "ended_at"],
    "update_freezes": ["ended_at"],
    "update_mac_failures": ["failures"],
    "update_minimums": ["approved_by", "approved_at", "ended_by", "ended_at"],
    "update_outdated": ["has", "messaged_at", "reminded_at", "refused_from", "refused_until"],
    "update_outcomes": ["phase", "reason", "at", "confirmed_at"],
    "update_releases": ["approved_by", "approved_at", "published_at", "withdrawn_at"],
    "update_rollouts": ["state", "step", "step_since", "proposed_by", "proposed_at", "released_by", "released_at", "halted_by", "halted_at",
      "halt_reason", "ended_at", "version"],
    "update_state": ["changed_at"],
    "terminal_blocks": ["lifted_at", "lifted_by", "note"],
    "terminal_contacts": ["last_at", "drift_ms", "drift_at", "software", "components", "slot", "reported_at", "cert_sha256", "cert_ends"],
    "terminal_health_days": ["requests", "sales", "approved", "reversals", "late", "mac_failures", "stan_gaps", "stans", "stan_leaps", "stan_folded"],
    "terminal_keys": ["keys", "previous", "previous_until", "superseded", "changed_at"]}';
  -- what a transaction is, whatever becomes of it
  fixed text[] := array['household_id', 'transaction_id', 'business_day', 'kind', 'terminal_id', 'stan', 'local_time', 'local_date',
    'merchant_id', 'masked', 'at', 'rrn', 'total_rials', 'original_id', 'original_day', 'about', 'lines'];
  -- what is removed once it has served (keep/prune.ts)
  pruned text[] := array['tombstones', 'quotes', 'bank_advices', 'entitlement_uses', 'stray_requests', 'credit_shortages',
    'person_tokens', 'sign_in_attempts', 'api_requests', 'role_grants', 'case_claims', 'messages', 'owner_attempts', 'owner_codes', 'owner_sessions', 'shop_staff', 'terminal_health_days', 'traffic_answers', 'traffic_times', 'gateway_copies', 'update_outdated', 'authority_orders', 'stand_ins', 'authority_seen'];
  -- the public door alone (docs/decisions/0059): the machines of shops and owners. No money, no card, no household, nobody's secrets.
  door_reads text[] := array['migrations', 'public_shops', 'shop_rules', 'shops', 'shop_cases', 'shop_items', 'shop_item_history', 'shop_reviews',
    'shop_papers', 'shop_proofs', 'shop_decisions', 'shop_standing', 'shop_reminders', 'shop_notices', 'sheba_changes', 'merchants', 'goods',
    'guild_goods', 'owner_codes', 'owner_attempts', 'owner_sessions', 'device_models', 'psp_terminals', 'settlement_terms',
    'registries', 'shop_confirmations', 'reason_templates', 'shop_staff', 'staff_lessons', 'complaints', 'complaint_events', 'notice_papers',
    'calendar_weekends', 'holidays', 'calendar_overrides', 'paya_cycles', 'rail_limits', 'money_units', 'payment_units', 'fee_tables', 'merchant_guilds'];
  door_writes text[] := array['shops', 'shop_cases', 'shop_items', 'shop_item_history', 'shop_papers', 'messages', 'owner_codes', 'owner_attempts', 'owner_sessions', 'audit', 'staff_lessons', 'shop_staff', 'complaints', 'complaint_events', 'notice_papers'];
  has_door boolean := exists (select 1 from pg_roles where rolname = 'kalabarg_public');
begin
  if not exists (select 1 from pg_roles where rolname = 'kalabarg_gateway') then return; end if;
  if has_door then
    revoke all on all tables in schema public from kalabarg_public;
    revoke all on all sequences in schema public from kalabarg_public;
    grant usage on schema public to kalabarg_public;
    grant select (key_id, public) on paper_keys to kalabarg_public; -- what adds a paper; none that opens one
    grant delete on owner_attempts to kalabarg_public; -- a code that was right frees its mobile again
    grant delete on shop_staff to kalabarg_public; -- whom a shop names no more
    grant usage on sequence shop_cases_case_id_seq, complaints_complaint_id_seq to kalabarg_public;
  end if;
  revoke all on all tables in schema public from kalabarg_gateway, kalabarg_reader, public;
  revoke all on all sequences in schema public from kalabarg_gateway, kalabarg_reader, public;
  revoke create on schema public from kalabarg_gateway, kalabarg_reader, public;
  grant usage on schema public to kalabarg_gateway, kalabarg_reader;
  grant usage on all sequences in schema public to kalabarg_gateway;
  -- of partitioned tables the parents alone: nobody has business with a partition
  for t in select c.oid as id, c.relname as name, c.relkind = 'v' as is_view from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition loop
    execute format('grant select on %I to kalabarg_gateway, kalabarg_reader', t.name);
    if has_door and t.name = any (door_reads) then execute format('grant select on %I to kalabarg_public', t.name); end if;
    continue when t.is_view or t.name = any (reference); -- a view would change its tables with its owner's rights
    execute format('grant insert on %I to kalabarg_gateway', t.name);
    if has_door and t.name = any (door_writes) then
      execute format('grant insert on %I to kalabarg_public', t.name);
      if states ? t.name and t.name <> 'messages' then
        execute format('grant update (%s) on %I to kalabarg_public',
          (select string_agg(quote_ident(name), ', ') from jsonb_array_elements_text(states -> t.name) as n (name)), t.name);
      end if;
    end if;
    continue when t.name = any (append_only);
    columns := case
      when states ? t.name then (select string_agg(quote_ident(name), ', ') from jsonb_array_elements_text(states -> t.name) as n (name))
      when t.name = 'transactions' then (
        select string_agg(quote_ident(attname), ', ') from pg_attribute
         where attrelid = t.id and attnum > 0 and not attisdropped and attname <> all (fixed))
    end;
    execute format('grant update %s on %I to kalabarg_gateway', '(' || columns || ')', t.name);
    if t.name = any (pruned) then
      execute format('grant delete on %I to kalabarg_gateway', t.name);
    end if;
  end loop;
  if has_door then
    -- what an owner says to a notice, and no to a new Sheba
    grant update (response, responded_at, appeal, appealed_at, state, waits_on, waits_until, ended_at, version) on shop_notices to kalabarg_public;
    grant execute on function stop_sheba_change(bigint, bigint, text) to kalabarg_public;
    grant execute on function receipt_of(bytea), receipt_credit(bytea) to kalabarg_public;
  end if;
  grant execute on function cases_of_device(text) to kalabarg_gateway;
  if has_door then grant execute on function cases_of_device(text) to kalabarg_public; end if;
  -- what a later timestamp, a later report or another day makes idle (src/updates)
  grant delete on update_metadata, update_reports, update_mac_failures to kalabarg_gateway;
  grant delete on signal_shop_days to kalabarg_gateway; -- summaries that no rule reads any more (src/signals/run.ts)
  grant delete on bank_stand_ins, authority_list_lines to kalabarg_gateway; -- when they are long over (keep/prune.ts)
  grant delete on saved_views to kalabarg_gateway; -- a person's own names for filters (src/people/views.ts)
  grant update (blocked) on terminals to kalabarg_gateway; -- and nothing else of a terminal (handlers/guard/blocks.ts)
  revoke select on terminal_keys, hsm_keys, terminal_authorities, installation, person_factors, recovery_codes, person_tokens, sign_in_attempts, api_requests,
    complaints, complaint_events, shop_items, shop_item_history, case_comments, shop_papers, notice_papers, paper_keys, shop_confirmations, messages, owner_attempts, owner_codes, owner_sessions, shop_staff, staff_lessons, practice_seats
    from kalabarg_reader;
  -- what is long over of persons (keep/personal.ts); each forgets nothing younger than a year
  revoke execute on function forget_cases(timestamptz, int), forget_complaints(timestamptz, int), forget_cards(timestamptz, int), forget_authority_cards(timestamptz, int), forget_people(timestamptz, int) from public;
  grant execute on function forget_cases(timestamptz, int), forget_complaints(timestamptz, int), forget_cards(timestamptz, int), forget_authority_cards(timestamptz, int), forget_people(timestamptz, int) to kalabarg_gateway;
  revoke execute on function prepare_days(date, int) from public; -- runs with its owner's rights
  -- what certification says of a terminal, for who looks at terminals
  revoke execute on function device_verdict(text, text, text), is_certified(terminals) from public;
  grant execute on function device_verdict(text, text, text) to kalabarg_gateway, kalabarg_reader;
  grant execute on function prepare_days(date, int), index_closed_day() to kalabarg_gateway;
  grant execute on function enrol_shop(bigint), apply_standings() to kalabarg_gateway;
  grant execute on function receipt_of(bytea), receipt_credit(bytea) to kalabarg_gateway;
  -- a card that an authority answers for gets its mirror (docs/counterparts.md)
  revoke execute on function authority_household(bytea, text, text, bigint) from public;
  grant execute on function authority_household(bytea, text, text, bigint) to kalabarg_gateway;
  -- what two persons approved of a shop that works, and what only makes it stricter
  grant execute on function apply_change(bigint), apply_sheba_changes(), stop_sheba_change(bigint, bigint, text),
    ask_proof_again(text, text, timestamptz), apply_notice(bigint) to kalabarg_gateway;
  grant execute on function bind_terminal(bigint, timestamptz), give_first_key(bigint, jsonb, timestamptz), retire_terminal(bigint)
    to kalabarg_gateway;
  grant execute on function register_terminal(text, text, jsonb), change_terminal(text, jsonb, int), move_terminal(text, text, date, date, int),
    apply_terminal_move(bigint, date), block_terminal(text), end_terminal(text, text) to kalabarg_gateway;
  grant execute on function apply_settlement_proposal(bigint) to kalabarg_gateway; -- what two persons said of the rules of settlement
  if to_regnamespace('bullmq') is not null then
    grant usage on schema bullmq to kalabarg_gateway;
    grant all on all tables in schema bullmq to kalabarg_gateway;
    grant all on all sequences in schema bullmq to kalabarg_gateway;
  end if;
end $$;
