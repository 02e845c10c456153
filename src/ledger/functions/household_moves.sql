-- Households that merge, split, or let a person go (docs/decisions/0086).

-- Why a move cannot be made now; null: it can. Both households are locked.
create function move_refusal(m household_moves, today date) returns text language plpgsql stable as $$
declare
  f households;
  t households;
begin
  select * into f from households where household_id = m.from_household;
  select * into t from households where household_id = m.to_household;
  if f.status = 'blocked' then return 'move.blocked'; end if;
  -- a file may have ended a household whose head has died: what it has still goes to whom the family is now
  if f.status = 'expired' and (m.kind <> 'merge' or exists (
       select from household_moves o where o.from_household = m.from_household and o.kind = 'merge' and o.verdict = 'approved')) then
    return 'move.ended';
  end if;
  if t.status <> 'active' then return 'move.to-inactive'; end if;
  if f.members <> m.from_members or t.members <> (case m.kind when 'split' then m.persons else m.to_members end) then return 'move.changed'; end if;
  if (select count(*) from cards where household_id = m.from_household and pan_hash = any (m.cards)) <> cardinality(m.cards) then return 'move.card'; end if;
  -- the persons of a new household had this month's credit in the old one, or will have it in their own: not both
  if m.kind = 'split' and exists (select from buckets b join jalali_months j using (period)
                                   where b.household_id = m.to_household and j.last_day >= today) then
    return 'move.months-twice';
  end if;
  return null;
end $$;

-- A month of a calendar that one of two households has and the other will have: the other gets it now, for its persons of before, so that
-- nobody's month is lost or doubled by whose day it would have been.
create function grant_ahead(household text, persons int, p_programme text, p_period text, day date, instant bigint) returns void
language plpgsql as $$
declare
  h households;
  j jalali_months;
  r programme_charges;
  due date;
  rials bigint;
  bucket bigint;
begin
  select * into h from households where household_id = household;
  select * into j from jalali_months where period = p_period;
  select * into r from programme_charges where programme_id = p_programme and valid_from <= j.last_day order by valid_from desc limit 1;
  if r.programme_id is null or h.status <> 'active' or persons = 0 then return; end if;
  due := (charge_due(p_programme, j.first_day, j.last_day))[coalesce(h.decile, 0) * 11 + coalesce(h.head_last_digit + 1, 0) + 1];
  rials := persons * r.rials_per_person[coalesce(h.decile, 0) + 1];
  if due = 'infinity' or rials = 0 or not has_flag(household, r.requires, j.first_day, j.last_day) then return; end if;
  insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
  values (household, p_programme, p_period, rials, due,
          (select last_day from jalali_months where first_day >= j.first_day order by first_day offset r.valid_months - 1 limit 1))
  on conflict (household_id, programme_id, period) do nothing returning bucket_id into bucket;
  if bucket is null then return; end if;
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
  values (household, nextval('transaction_ids'), 1, day, instant, 'allocation', bucket, -rials, rials);
end $$;

-- So much of a bucket goes to another household: into its bucket of the same programme and month, which is made where there is none.
create function transfer_bucket(id bigint, line int, from_id text, b buckets, to_id text, rials bigint, day date, instant bigint) returns void
language plpgsql as $$
declare
  target bigint;
begin
  insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
  values (to_id, b.programme_id, b.period, 0, b.valid_from, b.valid_to) on conflict (household_id, programme_id, period) do nothing;
  update buckets set amount_rials = amount_rials + rials, carried_rials = carried_rials + rials, swept = false
   where household_id = to_id and programme_id = b.programme_id and period = b.period returning bucket_id into target;
  update buckets set expired_rials = expired_rials + rials,
         swept = held_rials = 0 and amount_rials = spent_rials + expired_rials + rials
   where household_id = from_id and bucket_id = b.bucket_id;
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
  values (from_id, id, line, day, instant, 'transfer', b.bucket_id, -rials, rials),
         (to_id, id, line + 1, day, instant, 'transfer', target, rials, -rials);
end $$;

-- On which day the credit of a bucket would end in another household.
create function end_in(b buckets, household text, windows jsonb) returns date language sql stable as $$
  select coalesce(decisions.window_day(windows -> (b.programme_id || ' ' || b.period) -> 'to', h.decile, h.head_last_digit), t.valid_to, b.valid_to)
    from households h left join buckets t on t.household_id = h.household_id and t.programme_id = b.programme_id and t.period = b.period
   where h.household_id = household
$$;

-- Credit that may be spent, or will be, goes from one household to another: so many parts of so many. Both are locked. Returns the rials.
create function transfer_credit(from_id text, to_id text, parts int, of_parts int, day date, instant bigint, today date) returns bigint
language plpgsql as $$
declare
  w jsonb := windows_at(instant);
  k record;
  b buckets;
  part bigint;
  step bigint := book_step(day);
  id bigint := nextval('transaction_ids');
  n int := 1;
  done bigint := 0;
begin
  for k in select x.bucket_id, x.open_rials, j.last_day >= today as current
             from windowed(from_id, w) x left join jalali_months j using (period)
            where x.to_day >= today order by x.to_day, x.bucket_id loop
    select * into b from buckets where household_id = from_id and bucket_id = k.bucket_id;
    part := k.open_rials * parts / of_parts;
    if parts < of_parts then part := part - part % step; end if; -- in whole steps of the unit of the books
    continue when end_in(b, to_id, w) < today; -- what could not be spent there stays
    -- also of nothing: the month of these persons was given, and is not given again
    continue when part = 0 and (not coalesce(k.current, false) or exists (
      select from buckets t where t.household_id = to_id and t.programme_id = b.programme_id and t.period = b.period));
    perform transfer_bucket(id, n, from_id, b, to_id, part, day, instant);
    n := n + 2;
    done := done + part;
  end loop;
  return done;
end $$;

-- Rations that were used go with persons as credit does. Both are locked.
create function transfer_rations(move bigint, from_id text, to_id text, parts int, of_parts int) returns void language plpgsql as $$
declare
  u record;
begin
  for u in select programme_id, category, period, (quantity * parts / of_parts) as part from entitlement_uses
            where household_id = from_id and quantity * parts / of_parts <> 0 loop
    update entitlement_uses set quantity = quantity - u.part
     where household_id = from_id and programme_id = u.programme_id and category = u.category and period = u.period;
    insert into entitlement_uses as e (household_id, programme_id, category, period, quantity)
    values (to_id, u.programme_id, u.category, u.period, u.part)
    on conflict (household_id, programme_id, category, period) do update set quantity = e.quantity + excluded.quantity;
    insert into moved_rations
    select move, h.id, u.programme_id, u.category, u.period, h.part
      from (values (from_id, -u.part), (to_id, u.part)) h (id, part);
  end loop;
end $$;

-- What a household that has gone up in another still owes (credit_shortages) is asked of that one: so much of what it may spend now comes back.
create function transfer_shortage(from_id text, to_id text, day date, instant bigint, today date) returns void language plpgsql as $$
declare
  w jsonb := windows_at(instant);
  k record;
  b buckets;
  part bigint;
  id bigint;
  n int := 1;
  short bigint := (select sum(s.rials) from credit_shortages s join breaks using (break_id) where s.household_id = from_id and state <> 'resolved')
                  - credit_left(from_id, today, w);
begin
  if coalesce(short, 0) <= 0 then return; end if;
  id := nextval('transaction_ids');
  for k in select bucket_id, open_rials from windowed(to_id, w)
            where from_day <= today and to_day >= today and open_rials > 0 order by to_day, bucket_id loop
    exit when short = 0;
    select * into b from buckets where household_id = to_id and bucket_id = k.bucket_id;
    continue when end_in(b, from_id, w) < today;
    part := least(short, k.open_rials);
    perform transfer_bucket(id, n, to_id, b, from_id, part, day, instant);
    n := n + 2;
    short := short - part;
  end loop;
end $$;

-- Approves a move, and makes it: months that one has and the other not, then credit and rations by the persons who go, cards, members, status.
-- With the rights of its owner, as no role at work changes households or cards: the constraints of household_moves ask for a second person.
-- Returns the rials that went. @raises the reason of move_refusal, as the message
create function approve_move(move bigint, by text, instant bigint, today date) returns bigint language plpgsql
security definer set search_path = decisions, public, pg_temp as $$
declare
  m household_moves;
  b record;
  day date;
  done bigint := 0;
  refusal text;
begin
  perform pg_advisory_xact_lock(8583, 4); -- none beside a load or a charge
  perform pg_advisory_xact_lock_shared(8583, 3); -- the business day must not close under it
  select * into m from household_moves where move_id = move for update;
  perform lock_in_order(2, array[hashtext(m.from_household), hashtext(m.to_household)]);
  refusal := case when m.verdict is null then move_refusal(m, today) else 'move.state' end;
  if refusal is not null then raise exception '%', refusal using errcode = 'P0001'; end if;
  day := open_business_day(today);
  if m.persons > 0 and m.to_members > 0 then
    for b in select x.programme_id, x.period, min(x.household_id) as only_one from buckets x join jalali_months j using (period)
              where x.household_id in (m.from_household, m.to_household) and j.last_day >= today group by 1, 2 having count(*) = 1 loop
      if b.only_one = m.from_household then
        perform grant_ahead(m.to_household, m.to_members, b.programme_id, b.period, day, instant);
      else
        perform grant_ahead(m.from_household, m.from_members, b.programme_id, b.period, day, instant);
      end if;
    end loop;
  end if;
  if m.persons > 0 then
    done := transfer_credit(m.from_household, m.to_household, m.persons, m.from_members, day, instant, today);
    perform transfer_rations(m.move_id, m.from_household, m.to_household, m.persons, m.from_members);
  end if;
  insert into moved_cards (pan_hash, household_id, move_id)
  select pan_hash, household_id, m.move_id from cards
   where household_id = m.from_household and (m.kind = 'merge' or pan_hash = any (m.cards));
  update cards set household_id = m.to_household
   where household_id = m.from_household and (m.kind = 'merge' or pan_hash = any (m.cards));
  if m.kind = 'merge' then
    update households set status = 'expired', status_reason = m.cause, status_source = 'move ' || m.move_id where household_id = m.from_household;
  elsif m.persons > 0 then
    update households set members = members - m.persons where household_id = m.from_household;
  end if;
  if m.kind <> 'split' and m.persons > 0 then
    update households set members = members + m.persons where household_id = m.to_household;
  end if;
  update household_moves set verdict = 'approved', decided_by = by, decided_at = to_timestamp(instant / 1000.0), moved_rials = done
   where move_id = move;
  return done;
end $$;

-- The household of whose credit a card bought this, where the card has gone to another since; null: it has not.
create function buyer_of(card bytea, of_rrn text, of_masked text) returns text language plpgsql stable as $$
begin
  if not exists (select from moved_cards where pan_hash = card) then return null; end if; -- before each of the days is asked
  return (select t.household_id from moved_cards c join transactions t on t.household_id = c.household_id
           where c.pan_hash = card and t.rrn = of_rrn and t.kind = 'purchase' and t.masked = of_masked order by c.move_id desc limit 1);
end $$;

-- What came back to households that have gone up in others (a return, a reversal, a month that was prolonged) follows them, with its rations, and
-- what they owe is asked of those. A page of them, in the order of their moves.
create function follow_moves(instant bigint, today date, most int, after_move bigint, out more boolean, out last_move bigint) language plpgsql
set search_path from current as $$
declare
  m record;
  w jsonb := windows_at(instant);
  day date;
  seen int := 0;
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- the business day must not close under it
  -- nearly all of them have nothing left, and are passed over in one query
  select max(v.move_id), count(*) into last_move, seen from (
    select move_id from household_moves where kind = 'merge' and verdict = 'approved' and move_id > after_move order by move_id limit most) v;
  for m in select v.move_id, v.from_household, v.to_household, exists (select from credit_shortages where household_id = v.from_household) as short
             from household_moves v
             join households h on h.household_id = v.from_household and h.status = 'expired'
            where v.kind = 'merge' and v.verdict = 'approved' and v.move_id > after_move and v.move_id <= last_move
              and (exists (select from credit_shortages where household_id = v.from_household)
                   or exists (select from entitlement_uses where household_id = v.from_household and quantity <> 0)
                   or exists (select from buckets where household_id = v.from_household and amount_rials > spent_rials + held_rials + expired_rials))
            order by v.move_id loop
    continue when not m.short
      and not exists (select from entitlement_uses where household_id = m.from_household and quantity <> 0)
      and not exists (select from windowed(m.from_household, w) where open_rials > 0 and to_day >= today);
    continue when not lock_household(least(m.from_household, m.to_household))
               or not lock_household(greatest(m.from_household, m.to_household)); -- busy: in the next round
    day := coalesce(day, open_business_day(today));
    if m.short then
      perform transfer_shortage(m.from_household, m.to_household, day, instant, today);
      perform recover_credit(m.from_household, today, day, instant, w);
    end if;
    perform transfer_credit(m.from_household, m.to_household, 1, 1, day, instant, today);
    perform transfer_rations(m.move_id, m.from_household, m.to_household, 1, 1);
  end loop;
  more := seen = most;
end $$;
