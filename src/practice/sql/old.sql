-- $1 today, $2 ms: whether the open day is of the past, and nobody has used a terminal since
select exists (select 1 from business_days where business_day < $1::date)
   and not exists (select 1 from practice_seats where token_hash is not null and used_at > $2) as old
