-- The limits of each programme on what a household takes of its credit: 61 by amount, 65 by count. What a quote has reserved is
-- as good as taken.
create function over_limit(e ledger_entry, s ledger_split, c ledger_context) returns text language plpgsql stable as $$
declare
  p record;
  r programme_rules;
  today_rials bigint;
  today_count int;
begin
  for p in select b.programme_id as id, sum(t.rials) as rials from unnest(s.bucket_ids, s.take_rials) as t (id, rials)
             join buckets b on b.household_id = e.household_id and b.bucket_id = t.id group by 1 order by 1 loop
    r := s.rules;
    if p.id <> r.programme_id or e.programme_id <> e.last_programme then r := rules_on(p.id, e.today); end if;
    if p.rials > r.max_purchase_rials then return '61'; end if;
    if r.max_day_rials is not null or r.max_day_purchases is not null then
      select coalesce(sum(u.rials), 0), count(distinct u.transaction_id) into today_rials, today_count from (
        select x.id, x.rials - coalesce(x.given, 0) as rials, transaction_id
          from transactions t
         cross join lateral unnest(t.bucket_ids || t.more_ids, t.take_rials || t.more_rials, t.given_rials) as x (id, rials, given)
         where household_id = e.household_id and business_day = c.day and kind = 'purchase' and state in ('held', 'approved')
        union all
        select x.id, x.rials, transaction_id
          from quotes q cross join lateral unnest(q.bucket_ids, q.take_rials) as x (id, rials)
         where household_id = e.household_id and state = 'held') u
        join buckets b on b.household_id = e.household_id and b.bucket_id = u.id and b.programme_id = p.id;
      if today_rials + p.rials > r.max_day_rials then return '61'; end if;
      if today_count >= r.max_day_purchases then return '65'; end if;
    end if;
    if r.max_period_rials is not null and p.rials + (
         select coalesce(sum(spent_rials + held_rials), 0) from windowed(e.household_id, windows_at(e.at))
          where programme_id = p.id and from_day <= e.today and to_day >= e.today) > r.max_period_rials then
      return '61';
    end if;
  end loop;
  return null;
end $$;
