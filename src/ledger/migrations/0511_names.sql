-- A request is named by its local date (DE 13), and kept in the partition of the business day that was open when it came: as a rule the
-- same, or a neighbour. The others stand here as well, so that a repeat is found wherever its row is (docs/decisions/0015).
create table stray_requests (
  terminal_id    text   not null,
  stan           text   not null,
  local_time     text   not null,
  local_day      date   not null,             -- DE 13 with its year
  family         text   not null,
  merchant_id    text   not null,
  business_day   date   not null,
  content_hash   bytea  not null,
  household_id   text   not null,
  transaction_id bigint not null,
  primary key (terminal_id, stan, local_time, local_day, family, merchant_id)
);
create index stray_requests_old on stray_requests (local_day);
insert into stray_requests
select terminal_id, stan, local_time, d.day, family, merchant_id, business_day, content_hash, household_id, transaction_id
  from requests r
 cross join lateral (
   select x.day from generate_series(r.business_day - 182, r.business_day + 182, interval '1 day') as days (at)
    cross join lateral (select days.at::date as day) x
    where r.local_date = to_char(x.day, 'MMDD')) d
 where r.business_day > (select coalesce(max(business_day), '-infinity') - 30 from business_days)
   and r.local_date <> all (array[to_char(r.business_day - 1, 'MMDD'), to_char(r.business_day, 'MMDD'), to_char(r.business_day + 1, 'MMDD')])
on conflict do nothing;

-- Which shops a terminal has belonged to: what it did in one of them is taken back there.
create table terminal_shops (
  terminal_id text not null,
  merchant_id text not null,
  primary key (terminal_id, merchant_id)
);
insert into terminal_shops select distinct terminal_id, merchant_id from requests
union select terminal_id, merchant_id from terminals;
create function remember_shop() returns trigger language plpgsql as $$
begin
  insert into terminal_shops values (new.terminal_id, new.merchant_id) on conflict do nothing;
  return null;
end $$;
create trigger remember_shop after insert or update of merchant_id on terminals for each row execute function remember_shop();

-- DE 12 and 13 of a reversal that came before its original: where they are the original's, they name it as well as DE 7 does.
alter table tombstones add column local_time text, add column local_date text;
