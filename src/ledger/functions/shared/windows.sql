-- When credit may be spent: the days of its bucket, unless a policy moved them (migrations/0770_credit_windows.sql).

-- A side of a window for a household of this decile and digit; null: nothing moved it.
create function window_day(days jsonb, decile int, digit int) returns date language sql stable as $$
  select case jsonb_typeof(days) when 'string' then days #>> '{}' else days ->> (coalesce(decile, 0) * 11 + coalesce(digit + 1, 0)) end::date
$$;

-- What holds at an instant; null: nobody has moved anything.
create function windows_at(instant bigint) returns jsonb language sql stable as $$
  select windows from credit_window_maps where from_at <= instant order by from_at desc limit 1
$$;

-- The buckets of a household, each with the days on which it may be spent. (decide_batch.sql has the same in its own query.)
create function windowed(household text, windows jsonb) returns table (
  bucket_id bigint, programme_id text, period text, open_rials bigint, spent_rials bigint, held_rials bigint, expired_rials bigint, from_day date, to_day date)
language sql stable as $$
  select b.bucket_id, b.programme_id, b.period, b.amount_rials - b.spent_rials - b.held_rials - b.expired_rials, b.spent_rials, b.held_rials,
         b.expired_rials,
         coalesce(decisions.window_day(w.days -> 'from', h.decile, h.head_last_digit), b.valid_from),
         coalesce(decisions.window_day(w.days -> 'to', h.decile, h.head_last_digit), b.valid_to)
    from buckets b left join households h using (household_id)
   cross join lateral (select windows -> (b.programme_id || ' ' || b.period) as days) w
   where b.household_id = household
$$;

-- Reads again what an entry can spend.
create function read_credit(e ledger_entry, c ledger_context) returns ledger_entry language plpgsql stable as $$
begin
  select array_agg(b.bucket_id), array_agg(b.open_rials), min(b.programme_id), max(b.programme_id), min(b.to_day)
    into e.bucket_ids, e.open_rials, e.programme_id, e.last_programme, e.first_end
    from (select * from windowed(e.household_id, windows_at(e.at))
           where from_day <= e.today and to_day >= e.today and open_rials > 0
           order by to_day, coalesce((c.orders ->> programme_id)::int, 100), programme_id, period) b;
  e.lines := null; -- they were of what was spent first before
  return e;
end $$;

-- The end of what is left when so much was spent of an entry's credit, and more than its first bucket had.
create function end_after(e ledger_entry, spent bigint) returns date language plpgsql stable as $$
declare
  rest bigint := spent;
begin
  for i in 1 .. cardinality(e.bucket_ids) loop
    if rest < e.open_rials[i] then
      return (select to_day from windowed(e.household_id, windows_at(e.at)) where bucket_id = e.bucket_ids[i]);
    end if;
    rest := rest - e.open_rials[i];
  end loop;
  return null;
end $$;

-- The first day on which some of what a household can spend ends, with what comes back into these buckets now.
create function credit_end(household text, today date, windows jsonb, ids bigint[]) returns date language sql stable as $$
  select min(to_day) from windowed(household, windows)
   where from_day <= today and to_day >= today and (open_rials > 0 or bucket_id = any (ids))
$$;

-- The next day on which a household may spend more: credit that it has and that is not good yet, or the next charge of a programme.
-- Null: nobody knows of any. (decide_batch.sql has the same in its own query, for where one programme charges.)
create function next_charge_of(household text, today date, windows jsonb) returns date language sql stable as $$
  select nullif(min(day), 'infinity') from (
    select from_day as day from decisions.windowed(household, windows) where from_day > today and open_rials > 0
    union all
    -- this month's and the next one's, each by the rule of its own day: a calendar that is not yet in force is foretold to who has what it asks for
    select case when cardinality(r.requires) = 0 then x.day
                else (select min(greatest(x.day, e.since)) from eligibility e
                       where e.household_id = household and e.flag = any (r.requires) and e.until >= greatest(x.day, e.since)
                         and e.since <= (select last_day from jalali_months m where m.period = x.period)) end
      from charge_dues d
      join (select coalesce(decile, 0) * 11 + coalesce(head_last_digit + 1, 0) + 1 as n from households
             where household_id = household and status = 'active') i on true
     cross join lateral (values (d.period, greatest(d.due[i.n], today)), (d.next_period, d.next_due[i.n])) x (period, day)
     cross join lateral (select requires from programme_charges c where c.programme_id = d.programme_id and c.valid_from <= x.day
                          order by c.valid_from desc limit 1) r
     where d.first_day = (select max(first_day) from charge_dues where first_day <= today) and x.day < 'infinity'
       and not exists (select from buckets b where b.household_id = household and b.programme_id = d.programme_id and b.period = x.period)) days
$$;

-- Of what a bucket has expired, what lies with its fund: the rest was carried over, went to another household, or was set apart as the books
-- converted. Only where any of it can be is the journal asked, which looks into each of its days.
create function ended_rials(household text, bucket bigint) returns bigint language plpgsql stable as $$
begin
  return (select case when fund_keeps_all(household, b.programme_id) then b.expired_rials else
                   (select coalesce(-sum(p.household_voucher), 0)::bigint from postings p
                     where p.household_id = household and p.bucket_id = bucket and p.kind in ('expiry', 'prolongation')) end
            from buckets b where b.household_id = household and b.bucket_id = bucket);
end $$;

-- Whether all that expired of a household's credit of a programme lies with its fund: nothing was ever carried over, went away or was set apart.
create function fund_keeps_all(household text, programme text) returns boolean language sql stable as $$
  select not exists (select from book_units) and not exists (select from household_moves where from_household = household)
     and not exists (select from buckets where household_id = household and programme_id = programme and carried_rials > 0)
$$;

-- What of a household went back to its fund and may be spent again, because its end was moved, comes back. Its household is locked.
-- Returns the rials.
create function revive_credit(household text, today date, day date, at bigint, windows jsonb, since text) returns bigint
language plpgsql as $$
declare
  b record;
  part bigint;
  done bigint := 0;
begin
  for b in select * from windowed(household, windows) where expired_rials > 0 and period >= since and to_day >= today
            order by to_day, bucket_id loop
    part := least(b.expired_rials, ended_rials(household, b.bucket_id));
    continue when part <= 0;
    update buckets set expired_rials = expired_rials - part, swept = false where household_id = household and bucket_id = b.bucket_id;
    insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
    values (household, nextval('transaction_ids'), 1, day, at, 'prolongation', b.bucket_id, part, -part);
    done := done + part;
  end loop;
  return done;
end $$;
