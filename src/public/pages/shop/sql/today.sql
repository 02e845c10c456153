-- The business day that is open; today by the database's clock while none is.
select coalesce((select min(business_day) from business_days where closed_at is null), database_today())::text as day
