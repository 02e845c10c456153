-- A line that names another shop than its transaction; and one sale is debited, or credited, once, whatever breaks name it.
alter table breaks drop constraint breaks_class_check;
alter table breaks add constraint breaks_class_check check (class in (
  'AMOUNT_DIFF', 'ONLY_US', 'ONLY_ACQUIRER', 'STATUS_DIFF', 'LATE', 'DUPLICATE', 'SHEBA_DIFF', 'CREDIT_SHORT', 'MERCHANT_DIFF'));

-- What a break is about. Of breaks that were ended before, only the first of each is counted.
create function break_subject(b breaks) returns text language sql immutable as $$
  select case when (b).class = 'CREDIT_SHORT' then null
              when (b).transaction_id is not null then 'transaction ' || (b).household_id || '/' || (b).transaction_id
              when (b).file_id is not null then 'line ' || (b).file_id || '/' || (b).line end
$$;
alter table breaks add column subject text;
update breaks b set subject = break_subject(b)
 where b.state = 'open' or b.post = 'none' or b.break_id = (
   select min(o.break_id) from breaks o where o.post = b.post and o.state <> 'open' and break_subject(o) = break_subject(b));
create function name_subject() returns trigger language plpgsql as $$
begin
  new.subject := break_subject(new);
  return new;
end $$;
create trigger name_subject before insert on breaks for each row execute function name_subject();
create unique index breaks_post_once on breaks (subject, post) where post in ('credit', 'debit');

-- Since when a shop owes us without a break: it is carried from day to day under new rows.
alter table payable_carries add column owing_since date;
alter table settlement_terms add column owing_alarm_days int not null default 7 check (owing_alarm_days >= 0);
