-- What the entries of a batch share, and the numbers that they get.

create function context_of(instant bigint, today date, dates text[], out c ledger_context, out p ledger_policy) language plpgsql as $$
declare
  local timestamp := to_timestamp(instant / 1000) at time zone 'Asia/Tehran';
  this_hour text := to_char(local, 'YYYY-MM-DD"T"HH24');
begin
  select d.day, exists (select 1 from stray_requests where local_day between d.day - 1 and d.day + 1),
         exists (select 1 from credit_shortages), (select base from rrn_hours where hour = this_hour),
         (select r from programme_rules r
           where programme_id = (select min(programme_id) from programmes) and valid_from <= context_of.today
           order by valid_from desc limit 1),
         w.keys, w.first_days, w.last_days, case when w.until >= context_of.today then w.since end,
         q.programme_id, q.period, q.due, q.next_period, q.next_due, q.many,
         (select jsonb_object_agg(programme_id, spend_order) from programmes where spend_order <> 100), g.baskets, g.observes, g.lists,
         exists (select 1 from card_parts)
    into c.day, c.strays, c.shortages, c.rrn_base, c.rules, p.moved, p.first_days, p.last_days, c.since,
         p.due_programme, p.due_period, p.due, p.next_period, p.next_due, p.many_dues, c.orders, c.baskets, c.observes, c.lists, c.card_parts
    from (select coalesce((select business_day from business_days where closed_at is null order by business_day desc limit 1),
                          open_business_day(context_of.today)) as day) d
    left join lateral (select keys, first_days, last_days, since, until from credit_window_maps where from_at <= instant order by from_at desc limit 1) w on true
    left join lateral (select programme_id, period, due, next_period, next_due, many from charge_dues
                        where first_day <= context_of.today order by first_day desc, programme_id desc limit 1) q on true
    left join lateral (select baskets, observes, lists from basket_maps where from_day <= context_of.today order by from_day desc limit 1) g on true;
  if c.card_parts then c.rules := with_card_part(c.rules, (select min(programme_id) from programmes), context_of.today); end if;
  c.near := array[to_char(c.day - 1, 'MMDD'), to_char(c.day, 'MMDD'), to_char(c.day + 1, 'MMDD')];
  -- a request is kept under the business day of its date, or a neighbour: those of yesterday may lie two days back
  c.first_day := case when c.near[1] = any (dates) then c.day - 2 else c.day - 1 end;
  c.rrn_day := substr(to_char(local, 'YYYY'), 4) || to_char(local, 'DDD');
  c.rrn_hour := to_char(local, 'HH24');
  if c.rrn_base is null then
    insert into rrn_hours values (this_hour, nextval('transaction_ids')) on conflict do nothing;
    select base into c.rrn_base from rrn_hours where hour = this_hour;
  end if;
end $$;

-- The RRN of a transaction number: unique per day over any number of copies.
create function rrn_of(c ledger_context, id bigint) returns text language plpgsql as $$
declare
  n bigint := id - c.rrn_base;
begin
  if n between 0 and 999999 then
    return c.rrn_day || c.rrn_hour || lpad(n::text, 6, '0');
  end if;
  n := nextval('rrn_overflow');
  return c.rrn_day || (24 + n / 1000000) || lpad((n % 1000000)::text, 6, '0');
end $$;

-- The STAN under which the bank hears of a transaction. Of its number, so that no two copies of the gateway name two requests of one
-- terminal and second alike: the bank would answer the second as a repeat of the first, and a reversal of the one would take back
-- the other. (src/ledger/verdicts.ts has the same.)
create function leg_stan_of(id bigint) returns text language sql immutable as $$
  select lpad((1 + id % 999999)::text, 6, '0')
$$;
