-- Business days and how far each is on its way: the newest first. $1 before which day (null: from the newest on), $2 limit, $3 one day (null: all).
-- What the bank has not answered yet is counted only where a clearing still waits for it.
select d.business_day::text as day, d.closed_at as "closedAt",
       (select p.closed_at from business_days p where p.business_day = d.business_day - 1) as "dayBeforeAt", c.state, c.version, c.maker, c.checker, c.error, c.started_at as "begunAt",
       (select max(s.done_at) from clearing_shards s where s.business_day = d.business_day having count(*) = c.shards) as "nettedAt",
       c.made_at as "madeAt", f."writtenAt", c.released_at as "releasedAt", c.delivered_at as "deliveredAt", c.settled_at as "settledAt",
       f.files, f.orders, f.rials::text, f.unknown, f."payOn"::text, f.cycle,
       o.waiting, o.paid, o.returned,
       a.files as "acquirerFiles", a.lines as "acquirerLines", a.matched as "acquirerMatched", a."takenAt" as "matchedAt",
       b.breaks, b.rials::text as "breakRials"
  from business_days d
  left join clearings c using (business_day)
 cross join lateral (
   select count(*)::int as files, coalesce(sum(orders), 0)::int as orders, coalesce(sum(sum_rials), 0) as rials,
          count(*) filter (where leaving_at is not null and delivered_at is null)::int as unknown,
          case when count(*) = count(written_at) then max(written_at) end as "writtenAt", min(pay_on) as "payOn", min(cycle) as cycle
     from payment_files f where f.business_day = d.business_day and f.withdrawn_at is null) f
  -- the condition stands within, so that nothing is counted of the days that it leaves out
  left join lateral (
   select count(*) filter (where p.state in ('made', 'sent', 'accepted'))::int as waiting, count(*) filter (where p.state = 'paid')::int as paid,
          count(*) filter (where p.state = 'returned')::int as returned
     from payment_files own join payment_orders p using (message_id)
    where (c.state in ('released', 'delivered') or $3::date is not null) and own.business_day = d.business_day and own.withdrawn_at is null
  ) o on c.state in ('released', 'delivered') or $3::date is not null
 cross join lateral (
   select count(*)::int as files, coalesce(sum(lines), 0)::int as lines, coalesce(sum(matched), 0)::int as matched, max(taken_at) as "takenAt"
     from acquirer_files a where a.settlement_date = d.business_day) a
 cross join lateral (
   select count(*)::int as breaks, coalesce(sum(b.rials), 0) as rials from breaks b where b.business_day = d.business_day and b.state <> 'resolved') b
 where ($1::date is null or d.business_day < $1) and ($3::date is null or d.business_day = $3)
 order by d.business_day desc limit $2
