-- What stands where: doubts with the bank, the open business day, clearings that are not at their end.
select
  (select coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'count', count, 'since', since)), '[]')
     from (select kind, count(*), min(since) as since from bank_doubts group by kind) d) as doubts,
  (select jsonb_build_object('waiting', count(*), 'since', min(queued_at)) from bank_advices where done_at is null) as advices,
  (select max(business_day)::text from business_days where closed_at is null) as "openDay",
  (select coalesce(jsonb_agg(jsonb_build_object('businessDay', business_day, 'state', state, 'since', extract(epoch from touched_at) * 1000,
                                                'maker', maker, 'error', error) order by business_day), '[]')
     from (select * from clearings where state <> 'settled' order by business_day limit 60) c) as clearings,
  (select max(business_day)::text from clearings where state = 'settled') as "settledDay"
