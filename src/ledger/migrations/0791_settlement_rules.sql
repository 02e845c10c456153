-- Rules of settlement are changed by two persons: one proposes a set of rows, another approves it, and only then do they stand in their
-- tables, from their day on. The tables are reference data, which no running role writes; this function does it for exactly what was
-- approved (docs/settlement.md, Rules).
create table settlement_proposals (
  proposal_id    bigint      generated always as identity primary key,
  file           jsonb       not null,                -- the rules as they were given (src/settlement/rules/file.ts)
  changes        jsonb       not null,                -- [{table, action, key, before, after}]
  based_on       text        not null check (based_on ~ '^[0-9a-f]{64}$'), -- SHA-256 of the rules that it changes
  first_day      date        not null,                -- the first on which anything is other than before
  reason         text        not null check (length(reason) between 3 and 1000),
  proposed_by    text        not null check (proposed_by <> ''),
  proposed_by_id bigint      references persons,
  proposed_at    timestamptz not null default now(),
  verdict        text        check (verdict in ('approved', 'rejected')),
  decided_by     text,
  decided_by_id  bigint      references persons,
  decided_at     timestamptz,
  note           text        check (length(note) <= 1000),
  applied_at     timestamptz,
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decided_at is null)),
  check (verdict is distinct from 'approved' or lower(decided_by) <> lower(proposed_by)),
  constraint two_persons_rules check (verdict <> 'approved' or decided_by_id <> proposed_by_id)
);
-- One at a time: who approves sees what will hold.
create unique index settlement_proposals_open on settlement_proposals ((true)) where verdict is null;
create trigger fill_person_ids before insert or update on settlement_proposals
  for each row execute function fill_person_ids('proposed_by', 'decided_by');

create function audit_settlement_proposal() returns trigger language plpgsql as $$
begin
  perform audit_act(case when new.verdict is null then new.proposed_by else new.decided_by end,
                    'settlement-rules.' || coalesce(new.verdict, 'proposed'), 'settlement-rules:' || new.proposal_id,
                    jsonb_build_object('changes', new.changes), case when new.verdict is null then new.reason else new.note end);
  return null;
end $$;
create constraint trigger audit_settlement_proposal after insert or update of verdict on settlement_proposals
  deferrable initially deferred for each row execute function audit_settlement_proposal();

-- Acquirers are dated as all other rules are: the newest row of a PSP whose day has come counts; none, or {*}: it answers for all profiles.
alter table acquirers add column valid_from date not null default '2020-01-01';
alter table acquirers drop constraint acquirers_pkey;
alter table acquirers add primary key (psp, valid_from);

-- Puts what two persons said into the tables. What has begun stays as it is, whoever asks.
create function apply_settlement_proposal(p_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  p settlement_proposals;
  c jsonb;
  a jsonb;
  b jsonb;
  d date;
  begun date := greatest(database_today(), (select max(business_day) from business_days));
begin
  select * into p from settlement_proposals where proposal_id = p_id for update;
  if p.verdict is distinct from 'approved' or p.applied_at is not null then
    raise exception 'proposal % is not approved, or was applied before', p_id using errcode = 'check_violation';
  end if;
  for c in select * from jsonb_array_elements(p.changes) loop
    a := nullif(c -> 'after', 'null');
    b := nullif(c -> 'before', 'null');
    d := coalesce(b ->> 'from', b ->> 'day', a ->> 'from', a ->> 'day')::date;
    if d <= begun or coalesce(a ->> 'from', a ->> 'day', 'infinity')::date <= begun then
      raise exception '% of % has begun', c ->> 'section', d using errcode = 'check_violation';
    end if;
    if b is not null then
      case c ->> 'section'
        when 'terms' then delete from settlement_terms where valid_from = d;
        when 'matching' then delete from match_rules where valid_from = d;
        when 'breaks' then delete from break_rules where valid_from = d;
        when 'acquirers' then delete from acquirers where psp = b ->> 'psp' and valid_from = d;
        when 'payaCycles' then delete from paya_cycles where valid_from = d;
        when 'railLimits' then delete from rail_limits where rail = b ->> 'rail' and valid_from = d;
        when 'holidays' then delete from holidays where day = d and name_fa = b ->> 'name';
        when 'weekends' then delete from calendar_weekends where calendar = b ->> 'calendar' and valid_from = d;
      end case;
    end if;
    continue when a is null;
    d := coalesce(a ->> 'from', a ->> 'day')::date;
    case c ->> 'section'
      when 'terms' then
        insert into settlement_terms (valid_from, settle_card_part, min_payout_rials, fee_fixed_rials, fee_basis_points, owing_alarm_days)
        values (d, (a ->> 'settleCardPart')::boolean, (a ->> 'minPayoutRials')::bigint, (a ->> 'feeFixedRials')::bigint,
                (a ->> 'feeBasisPoints')::int, (a ->> 'owingAlarmDays')::int);
      when 'matching' then
        insert into match_rules (valid_from, rule_no, keys)
        select d, r.no, array(select jsonb_array_elements_text(r.keys))
          from jsonb_array_elements(a -> 'rules') with ordinality as r (keys, no);
      when 'breaks' then
        insert into break_rules (valid_from, lookback_days, late_days, tolerance_days, alarm_days)
        values (d, (a ->> 'lookbackDays')::int, (a ->> 'lateDays')::int, (a ->> 'toleranceDays')::int, (a ->> 'alarmDays')::int);
      when 'acquirers' then
        insert into acquirers (psp, profiles, valid_from)
        values (a ->> 'psp', array(select jsonb_array_elements_text(a -> 'profiles')), d);
      when 'payaCycles' then
        insert into paya_cycles (valid_from, day_kind, at)
        select d, k.kind, t::time from (values ('business'), ('holiday')) k (kind) cross join lateral jsonb_array_elements_text(a -> k.kind) t;
      when 'railLimits' then
        insert into rail_limits (rail, valid_from, min_rials, max_rials, cut_off)
        values (a ->> 'rail', d, (a ->> 'minRials')::bigint, (a ->> 'maxRials')::bigint, (a ->> 'cutOff')::time);
      when 'holidays' then
        insert into holidays (day, name_fa, estimated) values (d, a ->> 'name', (a ->> 'estimated')::boolean);
      when 'weekends' then
        insert into calendar_weekends (calendar, valid_from, weekdays)
        values (a ->> 'calendar', d, array(select jsonb_array_elements_text(a -> 'weekdays')::int));
    end case;
  end loop;
  update settlement_proposals set applied_at = now() where proposal_id = p_id;
end $$;
revoke execute on function apply_settlement_proposal(bigint) from public;
