-- What ends by time. Each locks the household as a batch does (decide_batch.sql), one at a time and without waiting: what is busy now
-- comes with the next run.
create function lock_household(household text) returns boolean language sql as $$
  select household = '' or pg_try_advisory_xact_lock(2, hashtext(household))
$$;

create function expire_quotes(instant bigint, most int) returns int language plpgsql
set search_path from current as $$
declare
  q quotes;
  ended int := 0;
begin
  for q in select * from quotes where state = 'held' and expires_at <= instant order by household_id limit most loop
    continue when not lock_household(q.household_id);
    select * into q from quotes where household_id = q.household_id and quote_ref = q.quote_ref and state = 'held';
    continue when not found;
    perform end_quote(q, 'released');
    ended := ended + 1;
  end loop;
  return ended;
end $$;

-- Credit past its last day goes back to its programme, or on into the household's next bucket where the programme carries over.
-- A page at a time: what waits (for its household, or for the next allocation) must not stand in the way of the rest. `seen` of a
-- page that was not full is less than `most`; the next begins after its last. No clock ends credit that is good on the business day
-- that is open.
create function expire_credit(instant bigint, today date, most int, after_to date, after_household text, after_bucket bigint,
  out seen int, out last_to date, out last_household text, out last_bucket bigint) language plpgsql
set search_path from current as $$
declare
  b buckets;
  next_bucket bigint;
  day date;
  id bigint;
  open_rials bigint;
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- the business day must not close under it
  seen := 0;
  today := least(today, open_business_day(today));
  for b in select * from buckets
            where valid_to < today and not swept and (valid_to, household_id, bucket_id) > (after_to, after_household, after_bucket)
            order by valid_to, household_id, bucket_id limit most loop
    seen := seen + 1;
    last_to := b.valid_to;
    last_household := b.household_id;
    last_bucket := b.bucket_id;
    continue when not lock_household(b.household_id);
    select * into b from buckets where household_id = b.household_id and bucket_id = b.bucket_id;
    open_rials := b.amount_rials - b.spent_rials - b.held_rials - b.expired_rials;
    if open_rials = 0 then
      update buckets set swept = (held_rials = 0) where household_id = b.household_id and bucket_id = b.bucket_id;
      continue;
    end if;
    day := coalesce(day, open_business_day(today));
    id := nextval('transaction_ids');
    next_bucket := null;
    if (rules_on(b.programme_id, today)).carry_over then
      select bucket_id into next_bucket from buckets where household_id = b.household_id and programme_id = b.programme_id
         and valid_to >= today order by valid_from limit 1;
      continue when next_bucket is null; -- it waits for the next period's allocation
    end if;
    update buckets set expired_rials = expired_rials + open_rials, swept = (held_rials = 0)
     where household_id = b.household_id and bucket_id = b.bucket_id;
    insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
    values (b.household_id, id, 1, day, instant, case when next_bucket is null then 'expiry' else 'carry-over' end, b.bucket_id,
            -open_rials, open_rials);
    if next_bucket is not null then
      update buckets set amount_rials = amount_rials + open_rials, carried_rials = carried_rials + open_rials, swept = false
       where household_id = b.household_id and bucket_id = next_bucket;
      insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
      values (b.household_id, id, 2, day, instant, 'carry-over', next_bucket, open_rials, -open_rials);
    end if;
  end loop;
end $$;
