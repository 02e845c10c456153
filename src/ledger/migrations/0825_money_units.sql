-- Units of money as dated data (docs/decisions/0088). The books count rials; at the edges amounts are said in the unit that holds there
-- on that day. Rows come by a proposal that two persons made of the rules of settlement.
create table money_units (
  unit       text   not null check (unit ~ '^[a-z][a-z0-9-]{1,19}$'),
  valid_from date   not null,
  iso_code   text   not null check (iso_code ~ '^[A-Z]{3}$'),   -- ISO 4217
  iso_number text   not null check (iso_number ~ '^[0-9]{3}$'),
  exponent   int    not null check (exponent between 0 and 4), -- decimals of an amount on the wire
  rials      bigint not null check (rials between 1 and 1000000000), -- what one is worth
  name_fa    text   not null check (length(name_fa) between 2 and 40),
  name_en    text   not null check (length(name_en) between 2 and 40),
  lawful     boolean not null,                                  -- whether it may be paid with from that day on
  primary key (unit, valid_from),
  constraint whole_steps check (rials % (10::numeric ^ exponent)::bigint = 0)
);
insert into money_units values ('rial', '2000-01-01', 'IRR', '364', 0, 1, 'ریال', 'rial', true);

-- In which unit terminals of a profile say amounts; '*': every profile without rows of its own. No row: rials.
create table terminal_units (
  profile    text not null check (profile ~ '^(\*|[a-z0-9][a-z0-9_-]{0,39})$'),
  valid_from date not null,
  unit       text not null,
  primary key (profile, valid_from)
);
-- In which unit payment files say amounts, by business day.
create table payment_units (valid_from date primary key, unit text not null);
-- From which business day on the books keep no less than one step of a unit for anybody.
create table book_units (valid_from date primary key, unit text not null);

-- Of what one terminal said in another unit than rials: in which. Rows are only there once a unit is in use.
create table transaction_units (
  rrn            text   not null,
  transaction_id bigint not null,
  unit           text   not null,
  step_rials     bigint not null check (step_rials >= 1),
  iso_number     text   not null,
  primary key (rrn, transaction_id)
);

-- A unit is worth the same for ever, and no two units share a code.
create function check_money_unit() returns trigger language plpgsql as $$
begin
  if exists (select 1 from money_units where unit = new.unit and rials <> new.rials) then
    raise exception 'a % is worth other rials in another row', new.unit using errcode = 'check_violation';
  end if;
  if exists (select 1 from money_units where unit <> new.unit and (iso_code = new.iso_code or iso_number = new.iso_number)) then
    raise exception 'another unit has the code % or %', new.iso_code, new.iso_number using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger check_money_unit before insert or update on money_units for each row execute function check_money_unit();

-- What amounts are said in is known and lawful on the day on which that begins.
create function check_unit_use() returns trigger language plpgsql as $$
begin
  if not coalesce((select lawful from money_units where unit = new.unit and valid_from <= new.valid_from
                    order by valid_from desc limit 1), false) then
    raise exception 'there is no lawful unit % on %', new.unit, new.valid_from using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger check_unit_use before insert or update on terminal_units for each row execute function check_unit_use();
create trigger check_unit_use before insert or update on payment_units for each row execute function check_unit_use();
create trigger check_unit_use before insert or update on book_units for each row execute function check_unit_use();

-- The unit of the books on a business day: what one step of it is worth, 1 where nothing converts.
create function book_step(day date) returns bigint language sql stable as $$
  select coalesce((select m.rials / (10::numeric ^ m.exponent)::bigint
                     from (select unit from book_units where valid_from <= day order by valid_from desc limit 1) b
                     join lateral (select * from money_units m where m.unit = b.unit and m.valid_from <= day
                                    order by m.valid_from desc limit 1) m on true), 1)
$$;

-- Rows of rules that came with later versions: the sections that `apply_settlement_proposal` does not know itself.
create function apply_more_rules(section text, b jsonb, a jsonb) returns void language plpgsql set search_path = public, pg_temp as $$
declare
  was date := (b ->> 'from')::date;
  d date := (a ->> 'from')::date;
begin
  if b is not null then
    case section
      when 'units' then delete from money_units where unit = b ->> 'unit' and valid_from = was;
      when 'terminalUnits' then delete from terminal_units where profile = b ->> 'profile' and valid_from = was;
      when 'paymentUnits' then delete from payment_units where valid_from = was;
      when 'bookUnits' then delete from book_units where valid_from = was;
    end case;
  end if;
  if a is null then return; end if;
  case section
    when 'units' then
      insert into money_units (unit, valid_from, iso_code, iso_number, exponent, rials, name_fa, name_en, lawful)
      values (a ->> 'unit', d, a ->> 'alpha', a ->> 'numeric', (a ->> 'exponent')::int, (a ->> 'rials')::bigint, a ->> 'nameFa',
              a ->> 'nameEn', (a ->> 'lawful')::boolean);
    when 'terminalUnits' then insert into terminal_units values (a ->> 'profile', d, a ->> 'in');
    when 'paymentUnits' then insert into payment_units values (d, a ->> 'in');
    when 'bookUnits' then insert into book_units values (d, a ->> 'in');
  end case;
end $$;
revoke execute on function apply_more_rules(text, jsonb, jsonb) from public;

-- Puts what two persons said into the tables. What has begun stays as it is, whoever asks.
create or replace function apply_settlement_proposal(p_id bigint) returns void language plpgsql security definer set search_path = public, pg_temp as $$
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
        else perform apply_more_rules(c ->> 'section', b, null);
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
      else perform apply_more_rules(c ->> 'section', null, a);
    end case;
  end loop;
  update settlement_proposals set applied_at = now() where proposal_id = p_id;
end $$;
revoke execute on function apply_settlement_proposal(bigint) from public;
