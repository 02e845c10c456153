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
-- A page at a time: what waits (for its household, or for the next allocation) must not stand in the way of the rest. A page ends with
-- `most` buckets that were worked on, or with many more that it only passed over, since their end was moved; `more`: the next begins
-- after its last. No clock ends credit that is good on the business day that is open.
create function expire_credit(instant bigint, today date, most int, after_to date, after_household text, after_bucket bigint,
  out more boolean, out last_to date, out last_household text, out last_bucket bigint) language plpgsql
set search_path from current as $$
declare
  m jsonb := windows_at(instant);
  households text[];
  ids bigint[];
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- the business day must not close under it
  today := least(today, open_business_day(today));
  -- read in the order of the index, and no further than there are enough
  with page as not materialized (
    select household_id, bucket_id, valid_to, programme_id, period from buckets
     where valid_to < today and not swept and (valid_to, household_id, bucket_id) > (after_to, after_household, after_bucket)
     order by valid_to, household_id, bucket_id limit most * 20),
  ended as materialized (
    select x.* from page x left join households h using (household_id)
     where coalesce(window_day(m -> (x.programme_id || ' ' || x.period) -> 'to', h.decile, h.head_last_digit), x.valid_to) < today
     order by x.valid_to, x.household_id, x.bucket_id limit most),
  e as (select array_agg(household_id) as households, array_agg(bucket_id) as ids, count(*) = most as enough from ended)
  select e.households, e.ids, l.valid_to, l.household_id, l.bucket_id into households, ids, last_to, last_household, last_bucket
    from e left join lateral (
      (select valid_to, household_id, bucket_id from ended where e.enough order by valid_to desc, household_id desc, bucket_id desc limit 1)
      union all -- or the rest was passed over
      (select valid_to, household_id, bucket_id from page where not e.enough
        order by valid_to, household_id, bucket_id offset most * 20 - 1 limit 1)) l on true;
  more := last_to is not null;
  perform end_credit(households, ids, today, instant, m);
end $$;

-- Ends buckets that may be spent no more, of households that are free.
create function end_credit(of_households text[], of_buckets bigint[], today date, instant bigint, windows jsonb) returns void language plpgsql as $$
declare
  carry text[] := array(select programme_id from programmes where (rules_on(programme_id, today)).carry_over);
  households text[];
  ids bigint[];
  b buckets;
  day date;
begin
  select array_agg(household), array_agg(id) into households, ids
    from unnest(of_households, of_buckets) u (household, id) where lock_household(household);
  if households is null then return; end if;
  day := open_business_day(today);
  -- what is open is read with the household locked
  with open as materialized (
    select x.household_id, x.bucket_id, x.amount_rials - x.spent_rials - x.held_rials - x.expired_rials as rials
      from unnest(households, ids) u (household, id) join buckets x on x.household_id = u.household and x.bucket_id = u.id
     where x.programme_id <> all (carry)),
  ended as (
    update buckets x set expired_rials = x.expired_rials + o.rials, swept = (x.held_rials = 0) from open o
     where x.household_id = o.household_id and x.bucket_id = o.bucket_id and (o.rials > 0 or x.swept is distinct from (x.held_rials = 0)))
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
  select household_id, nextval('transaction_ids'), 1, day, instant, 'expiry', bucket_id, -rials, rials from open where rials > 0;
  for b in select x.* from unnest(households, ids) u (household, id) join buckets x on x.household_id = u.household and x.bucket_id = u.id
            where x.programme_id = any (carry) loop
    perform carry_credit(b, today, day, instant, windows);
  end loop;
end $$;

-- What is left of a bucket goes on into the household's next one, or waits for its allocation. Its household is locked.
create function carry_credit(b buckets, today date, day date, instant bigint, windows jsonb) returns void language plpgsql as $$
declare
  next_bucket bigint;
  id bigint;
  open_rials bigint := b.amount_rials - b.spent_rials - b.held_rials - b.expired_rials;
begin
  if open_rials > 0 then
    select bucket_id into next_bucket from windowed(b.household_id, windows)
     where programme_id = b.programme_id and bucket_id <> b.bucket_id and to_day >= today order by from_day limit 1;
    if next_bucket is null then return; end if; -- it waits for the next period's allocation
  end if;
  update buckets set expired_rials = expired_rials + open_rials, swept = (held_rials = 0)
   where household_id = b.household_id and bucket_id = b.bucket_id and (open_rials > 0 or swept is distinct from (held_rials = 0));
  if open_rials = 0 then return; end if;
  id := nextval('transaction_ids');
  update buckets set amount_rials = amount_rials + open_rials, carried_rials = carried_rials + open_rials, swept = false
   where household_id = b.household_id and bucket_id = next_bucket;
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
  values (b.household_id, id, 1, day, instant, 'carry-over', b.bucket_id, -open_rials, open_rials),
         (b.household_id, id, 2, day, instant, 'carry-over', next_bucket, open_rials, -open_rials);
end $$;

-- Credit whose end was moved, a page of it: what went back to its fund and may be spent again comes back (a purchase that finds it does
-- not wait for this), and what was to be good for longer ends now. Looked at again in every round, so that whatever was ended or was
-- busy meanwhile is found. `more`: the next page begins after the last place.
create function follow_windows(instant bigint, today date, most int, after_key text, after_household text, after_bucket bigint,
  out more boolean, out last_key text, out last_household text, out last_bucket bigint) language plpgsql
set search_path from current as $$
declare
  m jsonb := windows_at(instant);
  k record;
  p record;
  worked int := 0;
  open_day date;
begin
  perform pg_advisory_xact_lock_shared(8583, 3);
  more := false;
  if m is null then return; end if;
  open_day := open_business_day(today);
  for k in select key, split_part(key, ' ', 1) as programme, split_part(key, ' ', 2) as period, min(day) as first_end, max(day) as last_end
             from jsonb_each(m) w (key, days)
            cross join lateral (
              select days #>> '{to}' as day where jsonb_typeof(days -> 'to') = 'string' union all
              select jsonb_array_elements_text(days -> 'to') where jsonb_typeof(days -> 'to') = 'array') d
            where key collate "C" >= after_key and day is not null group by key order by key collate "C" loop
    if k.key <> after_key then
      after_household := '';
      after_bucket := 0;
    end if;
    with page as materialized (
      select x.household_id, x.bucket_id, x.expired_rials, x.swept,
             coalesce(window_day(m -> k.key -> 'to', h.decile, h.head_last_digit), x.valid_to) as to_day
        from ((select * from buckets
                where k.first_end < open_day::text and programme_id = k.programme and period = k.period and not swept
                  and (household_id, bucket_id) > (after_household, after_bucket)
                order by household_id, bucket_id limit most)
              union
              (select * from buckets
                where k.last_end >= today::text and programme_id = k.programme and period = k.period and expired_rials > 0
                  and (household_id, bucket_id) > (after_household, after_bucket)
                order by household_id, bucket_id limit most)) x
        left join households h using (household_id)
       order by x.household_id, x.bucket_id limit most - worked),
    told as materialized (select *, to_day < least(today, open_day) as over from page)
    select (select count(*) from told)::int as seen,
           (select array_agg(household_id order by household_id, bucket_id) from told where over and not swept) as ended_of,
           (select array_agg(bucket_id order by household_id, bucket_id) from told where over and not swept) as ended,
           (select array_agg(household_id order by household_id, bucket_id) from told where not over and expired_rials > 0 and to_day >= today) as back_of,
           (select array_agg(bucket_id order by household_id, bucket_id) from told where not over and expired_rials > 0 and to_day >= today) as back,
           l.household_id, l.bucket_id
      into p from (select) one left join (select household_id, bucket_id from told order by 1 desc, 2 desc limit 1) l on true;
    worked := worked + p.seen;
    if p.seen > 0 then
      last_key := k.key;
      last_household := p.household_id;
      last_bucket := p.bucket_id;
    end if;
    if p.ended is not null then perform end_credit(p.ended_of, p.ended, least(today, open_day), instant, m); end if;
    if p.back is not null then perform revive_buckets(p.back_of, p.back, open_day, instant); end if;
    more := worked = most;
    exit when more;
  end loop;
end $$;

-- What went back to its fund of buckets that may be spent again comes back, of households that are free: as revive_credit for one of them
-- (shared/windows.sql).
create function revive_buckets(of_households text[], of_buckets bigint[], day date, instant bigint) returns void language plpgsql as $$
declare
  households text[];
  ids bigint[];
begin
  select array_agg(household), array_agg(id) into households, ids
    from unnest(of_households, of_buckets) u (household, id) where lock_household(household);
  if households is null then return; end if;
  with back as materialized (
    select x.household_id, x.bucket_id, case when not exists (select from book_units) and not exists (select from household_moves v where v.from_household = x.household_id)
                                                 and not exists (select from buckets c where c.household_id = x.household_id and c.programme_id = x.programme_id
                                                                                         and c.carried_rials > 0)
                                               then x.expired_rials -- as in ended_rials, asked without a call for each bucket
                                             else least(x.expired_rials, ended_rials(x.household_id, x.bucket_id)) end as rials
      from unnest(households, ids) u (household, id) join buckets x on x.household_id = u.household and x.bucket_id = u.id),
  revived as (
    update buckets x set expired_rials = x.expired_rials - r.rials, swept = false from back r
     where x.household_id = r.household_id and x.bucket_id = r.bucket_id and r.rials > 0)
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, household_voucher, programme_fund)
  select household_id, nextval('transaction_ids'), 1, day, instant, 'prolongation', bucket_id, rials, -rials from back where rials > 0;
end $$;

-- Once the books are in another unit, no bucket keeps less than one step of it: a page of those that do, in the order of their ends. As of
-- what ends (expire_credit), a page is `most` buckets that were worked on, or many more that it only passed over.
create function convert_credit(instant bigint, today date, most int, after_to date, after_household text, after_bucket bigint,
  out more boolean, out last_to date, out last_household text, out last_bucket bigint) language plpgsql
set search_path from current as $$
declare
  day date;
  step bigint;
  households text[];
  ids bigint[];
begin
  perform pg_advisory_xact_lock_shared(8583, 3); -- the business day must not close under it
  day := open_business_day(today);
  step := book_step(day);
  more := false;
  if step = 1 then return; end if;
  with seen as materialized (
    select household_id, bucket_id, valid_to, row_number() over (order by valid_to, household_id, bucket_id) as n,
           held_rials = 0 and (amount_rials - spent_rials - expired_rials) % step <> 0 as below -- held: the bank or a quote has still to end
      from (select * from buckets where not swept and (valid_to, household_id, bucket_id) > (after_to, after_household, after_bucket)
             order by valid_to, household_id, bucket_id limit most * 20) x),
  odd as materialized (select * from seen where below order by n limit most),
  page as (select case when (select count(*) from odd) = most then (select max(n) from odd) else (select max(n) from seen) end as last,
                  (select count(*) from odd) = most or (select count(*) from seen) = most * 20 as more)
  select page.more, s.valid_to, s.household_id, s.bucket_id, (select array_agg(household_id order by n) from odd),
         (select array_agg(bucket_id order by n) from odd)
    into more, last_to, last_household, last_bucket, households, ids
    from page left join seen s on s.n = page.last;
  perform convert_buckets(households, ids, step, day, instant);
end $$;

-- What a bucket has and what was taken of it before are counted together: of that, what is below one step stands in remainders. So a
-- whole step goes back when something of an old purchase came back, whatever came first. Of households that are free.
create function convert_buckets(of_households text[], of_buckets bigint[], step bigint, day date, instant bigint) returns void language plpgsql as $$
declare
  households text[];
  ids bigint[];
  since date := (select min(valid_from) from book_units); -- nothing was converted before: the journal's older days are not looked into
begin
  select array_agg(household), array_agg(id) into households, ids
    from unnest(of_households, of_buckets) u (household, id) where lock_household(household);
  if households is null then return; end if;
  with taken as materialized (
    select household_id, bucket_id, sum(programme_fund)::bigint as rials from postings
     where kind = 'conversion' and business_day >= since and household_id = any (households) and bucket_id = any (ids) group by 1, 2),
  parts as materialized (
    select x.household_id, x.bucket_id,
           (x.amount_rials - x.spent_rials - x.expired_rials + coalesce(t.rials, 0)) % step - coalesce(t.rials, 0) as part
      from unnest(households, ids) u (household, id) join buckets x on x.household_id = u.household and x.bucket_id = u.id
      left join taken t on t.household_id = x.household_id and t.bucket_id = x.bucket_id
     where x.held_rials = 0),
  apart as (
    -- as what is carried over: it has left the bucket, and is not with its fund
    update buckets x set expired_rials = x.expired_rials + p.part from parts p
     where x.household_id = p.household_id and x.bucket_id = p.bucket_id and p.part <> 0)
  insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
  select household_id, nextval('transaction_ids'), 1, day, instant, 'conversion', bucket_id, part, -part from parts where part <> 0;
end $$;
