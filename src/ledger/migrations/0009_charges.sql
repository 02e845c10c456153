-- How a programme gives its credit out by itself: whom it charges on which day of a Jalali month, and how much a person.
-- The newest rule of a day holds. Arrays are read by cohort; 0: not charged.
create table programme_charges (
  programme_id     text     not null references programmes,
  valid_from       date     not null,
  cohort           text     not null check (cohort in ('all', 'decile', 'digit')),
  -- credit of a month may be spent until the end of this many Jalali months
  valid_months     int      not null check (valid_months between 1 and 12),
  rials_per_person bigint[] not null check (cardinality(rials_per_person) = 11), -- by decile; the first: decile not known
  charge_days      int[]    not null check (
    cardinality(charge_days) = case cohort when 'all' then 1 when 'digit' then 10 else 11 end
    and 0 <= all (charge_days) and 29 >= all (charge_days)),
  primary key (programme_id, valid_from)
);

-- How far the charge of a day has come: every household is looked at once a day.
create table charge_progress (
  programme_id    text    primary key references programmes,
  day             date    not null,
  after_household text    not null,
  done            boolean not null
);

-- The last digit of the head's national id, by which some calendars choose; the id itself is kept as a keyed hash only.
alter table households add column head_last_digit int check (head_last_digit between 0 and 9);

-- Programme files that were taken: who brings them keeps the list of programmes (load/kinds.ts).
create table programme_files (
  sha256     text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  name       text not null,
  applied_at timestamptz not null default now()
);
