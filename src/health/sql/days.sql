-- Business days before $1 with something in them that are not closed, or not paid out.
select d.business_day::text as day, c.state,
       (select count(*)::int from payment_files f where f.business_day = d.business_day and f.delivered_at is null) as files,
       (select count(*)::int from payment_orders o where o.business_day = d.business_day and o.state in ('made', 'sent', 'accepted')) as orders
  from business_days d left join clearings c using (business_day)
 where d.business_day < $1 and d.business_day >= $1::date - 60
   and (c.state is distinct from 'settled')
   and (c.state is not null or exists (select from requests r where r.business_day = d.business_day))
 order by 1
