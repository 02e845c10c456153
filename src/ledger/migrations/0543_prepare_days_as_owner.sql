-- Partitions of a day are made by whoever opens it, as the owner of the tables: the role at work needs no right to make any.
alter function prepare_days(date, int) security definer set search_path = public, pg_temp;
