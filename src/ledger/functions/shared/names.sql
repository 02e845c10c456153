-- Under which name a request is known (wire.md 9.1, decision 15), and which original a reversal or advice names (9.3, decision 16).

-- Seconds since the year began, of a moment such as 1123093000; a year has 366 days. Null for what is no moment.
create function second_of_year(moment text) returns int language sql immutable as $$
  select case when moment ~ '^(0[1-9]|1[0-2])\d{8}$' then
    (make_date(2000, left(moment, 2)::int, 1) - date '2000-01-01' + substr(moment, 3, 2)::int - 1) * 86400
    + substr(moment, 5, 2)::int * 3600 + substr(moment, 7, 2)::int * 60 + substr(moment, 9, 2)::int end
$$;

-- Whether a DE 7 (UTC) is that of a request made at this local time (DE 13, 12: Asia/Tehran) or of its repeat, which carries the
-- moment at which it was sent again: a quarter of an hour later at most. Iran is UTC+3:30 (12,600 s) all year since 1401.
create function made_before(local_date text, local_time text, transmission text) returns boolean language sql immutable as $$
  select (second_of_year(transmission) - second_of_year(local_date || local_time) + 12600 + 5 + 3 * 31622400) % 31622400 <= 905
$$;

-- DE 13 with its year, the one that brings it nearest to this day. Null for what is no date.
create function local_day_of(local_date text, today date) returns date language plpgsql immutable as $$
declare
  nearest date;
  day date;
begin
  if local_date !~ '^(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$' then return null; end if;
  for year in extract(year from today)::int - 1 .. extract(year from today)::int + 1 loop
    day := make_date(year, left(local_date, 2)::int, 1) + right(local_date, 2)::int - 1;
    continue when to_char(day, 'MMDD') <> local_date; -- a day that this month has not
    if nearest is null or abs(day - today) < abs(nearest - today) then nearest := day; end if;
  end loop;
  return nearest;
end $$;

-- A request of another local date than these days': it is kept under the business day of its date or a neighbour, if not among the
-- strays. What is named by no date (src/ledger/expire.ts) is of the last days.
create function find_older(e ledger_entry, c ledger_context) returns ledger_entry language plpgsql as $$
declare
  of_day date := local_day_of(e.local_date, e.today);
begin
  select transaction_id, household_id, business_day, content_hash
    into e.known_id, e.known_household, e.known_day, e.known_hash from requests
   where merchant_id = e.merchant_id and terminal_id = e.terminal_id and stan = e.stan and local_time = e.local_time
     and local_date = e.local_date and family = e.family
     and business_day between coalesce(of_day - 1, c.day - 8) and least(coalesce(of_day + 1, c.day), c.day);
  if not found and of_day is not null then
    select transaction_id, household_id, business_day, content_hash
      into e.known_id, e.known_household, e.known_day, e.known_hash from stray_requests s
     where s.terminal_id = e.terminal_id and s.stan = e.stan and s.local_time = e.local_time and s.local_day = of_day
       and s.family = e.family and s.merchant_id = e.merchant_id;
  end if;
  if found then
    e.refusal := 'known';
  elsif e.refusal is null and coalesce(abs(of_day - e.today) > 28, true) and e.refusable then
    e.refusal := '30 date.far'; -- reversals before their originals are remembered for 30 days: no original may come later
  end if;
  return e;
end $$;

-- The request that a reversal or advice names (wire.md 9.3), in whichever of its shops the terminal made it: by DE 90, STAN and DE 7; else
-- by the RRN of its answer (DE 37); else by STAN and amount with its DE 12 and 13, or, where a repeat was sent with a DE 7 of its own
-- and the terminal names either, made a quarter of an hour before that at most. Where DE 7 is no moment at all, STAN and amount name
-- what the terminal did once these two days. A STAN that has come round: the youngest.
create function request_of(merchant text, terminal text, args jsonb, total bigint, today date) returns requests
language plpgsql stable as $$
declare
  r requests;
  sent text := args ->> 'transmission';
  since date := today - 8;
  -- a business day that nobody closes falls behind the calendar
  first_day date := least(first_day_of(sent, args ->> 'date', args ->> 'rrn', today), (select min(business_day) from business_days where closed_at is null));
  times int;
begin
  -- nearly all are of the last days: to ask each of the days that are kept costs twenty purchases
  select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
   where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and q.transmission = sent and q.business_day >= since
   order by q.transaction_id desc limit 1;
  if found then return r; end if;
  if exists (select from shops_of(terminal, merchant) m join requests q using (merchant_id)
              where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02'
                and q.business_day >= first_day and q.business_day < since) then
    since := first_day;
    select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
     where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and q.transmission = sent and q.business_day >= since
     order by q.transaction_id desc limit 1;
    if found then return r; end if;
  end if;
  if args ? 'rrn' then
    select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
      join transactions t using (household_id, transaction_id, business_day)
     where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.rrn = args ->> 'rrn'
       and q.business_day >= since and t.business_day >= since
     order by q.transaction_id desc limit 1;
    if found then return r; end if;
    select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
      join transactions t using (household_id, transaction_id, business_day)
     where q.terminal_id = terminal and q.family = '02' and t.rrn = args ->> 'rrn' and t.total_rials = total
       and q.business_day >= today - 8 and t.business_day >= today - 8
     order by q.transaction_id desc limit 1;
    if found then return r; end if;
  end if;
  select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
    join transactions t using (household_id, transaction_id, business_day)
   where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.total_rials = total
     and q.business_day >= since and t.business_day >= since
     and (q.local_time = args ->> 'time' and q.local_date = args ->> 'date' or made_before(q.local_date, q.local_time, sent))
   order by q.local_time = args ->> 'time' and q.local_date = args ->> 'date' desc nulls last, q.transaction_id desc limit 1;
  if found or second_of_year(sent) is not null then return r; end if;
  select count(*) into times from shops_of(terminal, merchant) m join requests q using (merchant_id)
    join transactions t using (household_id, transaction_id, business_day)
   where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.total_rials = total
     and q.business_day >= today - 1 and t.business_day >= today - 1;
  if times = 1 then
    select q.* into r from shops_of(terminal, merchant) m join requests q using (merchant_id)
      join transactions t using (household_id, transaction_id, business_day)
     where q.terminal_id = terminal and q.stan = args ->> 'stan' and q.family = '02' and t.total_rials = total
       and q.business_day >= today - 1 and t.business_day >= today - 1;
  end if;
  return r;
end $$;

-- The first business day on which a request with this DE 7, DE 13 or RRN can lie. A terminal's clock may be 28 days away (find_older); a DE 7
-- that is no moment says nothing, and a date of months to come is of last year.
create function first_day_of(sent text, local_date text, rrn text, today date) returns date language sql immutable as $$
  select case when bool_and(day is not null) filter (where needed) then
    least(min(case when day > today + 30 then day - 366 else day end) - 30, day_of_rrn(rrn, today) - 8) else '-infinity' end
    from (values (local_day_of(left(sent, 4), today), true), (local_day_of(local_date, today), false)) x (day, needed)
$$;

-- The day on which an RRN of ours was given (rrn_of): the last digit of its year, and its day in that year. Null for one of another form.
create function day_of_rrn(rrn text, today date) returns date language sql immutable as $$
  select case when rrn ~ '^\d{12}$' then
    make_date(y - (y + 10 - left(rrn, 1)::int) % 10, 1, 1) + substr(rrn, 2, 3)::int - 1 end
    from (select extract(year from today + 1)::int as y) x
$$;

-- The shops that a terminal belongs to or has belonged to, and the one that it says.
create function shops_of(terminal text, merchant text) returns table (merchant_id text) language sql stable as $$
  select s.merchant_id from terminal_shops s where s.terminal_id = terminal
  union select merchant
$$;

-- The transaction of that request. For update: a card of no household has no lock of its own.
create function original_of(e ledger_entry) returns transactions language plpgsql as $$
declare
  r requests := request_of(e.merchant_id, e.terminal_id, e.args, e.total_rials, e.today);
  t transactions;
begin
  if r.transaction_id is not null then
    select * into t from transactions
     where household_id = r.household_id and transaction_id = r.transaction_id and business_day = r.business_day for update;
  end if;
  return t;
end $$;
