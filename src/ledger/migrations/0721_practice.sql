-- Practice (docs/decisions/0049): a database of its own that has these same tables, in which the drawn terminal of /learn sells. A fact
-- `practice` in `installation` marks it for good.

-- One row a drawn terminal, which is at one person's service for a while. Only a practice database has rows here.
create table practice_seats (
  seat       int primary key check (seat between 1 and 9999),
  token_hash bytea unique check (length(token_hash) = 32), -- of the session that has it
  begun_at   bigint not null default 0,                    -- ms, as all instants here
  used_at    bigint not null default 0,
  busy_until bigint not null default 0,                    -- one act at a time
  staff_id   bigint,                                       -- of shop_staff in the books of the shops
  lesson     text,
  since      bigint not null default 0,                    -- when the lesson was begun
  first_id   bigint not null default 0,                    -- of its transactions
  stan       int    not null default 1,
  acts       int    not null default 0,
  is_on      boolean not null default true,
  cut        jsonb,                                        -- the purchase whose answer was lost: its reversal is due
  finished   text[] not null default '{}',
  shown      jsonb                                         -- what stands on its display
);

-- What is practised is never cleared, netted or paid, whatever command is pointed at these books.
create function refuse_in_practice() returns trigger language plpgsql as $$
begin
  if exists (select 1 from installation where name = 'practice') then
    raise exception 'these are practice books: nothing in them is ever cleared or paid' using errcode = 'P0001';
  end if;
  return null;
end $$;
create trigger no_practice before insert on clearings for each statement execute function refuse_in_practice();
create trigger no_practice before insert on merchant_nets for each statement execute function refuse_in_practice();
create trigger no_practice before insert on payment_orders for each statement execute function refuse_in_practice();
