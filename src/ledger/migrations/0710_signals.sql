-- What the books of closed days show about shops that a person should look at (docs/shops.md, Signals). Nothing here stops a purchase or a
-- pay-out: a signal waits for a person.

-- Versions of rules: dated data. What a rule looks for stands in src/signals/sql/<rule_id>.sql; how much of it is too much, here.
create table signal_rules (
  rule_id     text   not null check (rule_id ~ '^[a-z]+(-[a-z]+)*$' and length(rule_id) <= 40),
  version     int    not null check (version > 0),
  valid_from  date   not null,
  enabled     boolean not null default true,            -- a version may also turn its rule off
  thresholds  jsonb  not null,
  owner       text   not null check (length(owner) between 1 and 100),   -- who answers for it
  title_fa    text   not null check (length(title_fa) between 1 and 200),
  title_en    text   not null check (length(title_en) between 1 and 200),
  text_fa     text   not null check (length(text_fa) between 1 and 1000),
  text_en     text   not null check (length(text_en) between 1 and 1000),
  proposed_by bigint references persons,                -- null: came with the software
  reason      text   not null default '' check (length(reason) <= 1000),
  proposed_at timestamptz not null,
  primary key (rule_id, version)
);

-- A version tried on the books of the past: whom it would have touched.
create table signal_trials (
  trial_id    bigint generated always as identity primary key,
  rule_id     text   not null,
  version     int    not null,
  first_day   date   not null,
  last_day    date   not null check (last_day >= first_day),
  days        int    not null check (days > 0),         -- closed ones, between them
  shops       int    not null,
  purchases   bigint not null,
  rials       bigint not null,
  by_person   bigint references persons,                -- null: the owner of the database, by command
  at          timestamptz not null,
  foreign key (rule_id, version) references signal_rules
);
create index signal_trials_rule on signal_trials (rule_id, version);

-- Who stands for a version. Two persons turn it on, once it has been tried.
create table signal_signatures (
  rule_id   text   not null,
  version   int    not null,
  person_id bigint not null references persons,
  at        timestamptz not null,
  primary key (rule_id, version, person_id),
  foreign key (rule_id, version) references signal_rules
);
create function signature_is_after_trial() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from signal_trials t where t.rule_id = new.rule_id and t.version = new.version) then
    raise exception 'rule % version % was never tried', new.rule_id, new.version using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger signature_is_after_trial before insert on signal_signatures
  for each row execute function signature_is_after_trial();

-- The versions that two persons stand for, each from its first day on: no rule reaches back before its second signature.
create view signal_rules_signed as
  select r.rule_id, r.version, r.enabled, r.thresholds,
         greatest(r.valid_from, (second.at at time zone 'Asia/Tehran')::date) as first_day
    from signal_rules r
   cross join lateral (select s.at from signal_signatures s where s.rule_id = r.rule_id and s.version = r.version
                        order by s.at, s.person_id offset 1 limit 1) second;

-- A closed day of a shop in one row: what rules over many days read, so that none of them reads many days of transactions.
create table signal_shop_days (
  business_day   date   not null,
  merchant_id    text   not null,
  purchases      int    not null,
  voucher_rials  bigint not null,
  wholes         int    not null,                       -- purchases that left a household nothing
  rounds         int    not null,                       -- of whole 100,000 toman
  unlisted       int    not null,                       -- without a basket
  backs          int    not null,                       -- returns and reversals
  terminals      text[] not null,
  primary key (business_day, merchant_id)
);
create index signal_shop_days_shop on signal_shop_days (merchant_id, business_day);

-- Which closed day was looked at by which version; rule '' is the summary above.
create table signal_runs (
  business_day date not null,
  rule_id      text not null,
  version      int  not null,
  found        int  not null,
  cut          boolean not null,                        -- there were more shops than are kept of one day
  at           timestamptz not null,
  primary key (business_day, rule_id)
);

create table signals (
  signal_id    bigint generated always as identity primary key,
  rule_id      text   not null,
  rule_version int    not null,
  business_day date   not null,
  merchant_id  text   not null references merchants,
  purchases    int    not null,                         -- that it is about
  rials        bigint not null,                         -- of voucher credit in them
  figures      jsonb  not null,
  rrns         text[] not null check (cardinality(rrns) <= 200),
  state        text   not null default 'open' check (state in ('open', 'looked_at', 'dismissed', 'violation')),
  looked_by    bigint references persons,
  looked_at    timestamptz,
  closed_by    bigint references persons,
  closed_at    timestamptz,
  reason       text   check (length(reason) between 10 and 1000),
  violation    text,                                    -- what became of it (docs/shops.md, Standing)
  version      int    not null default 1,
  raised_at    timestamptz not null,
  unique (rule_id, business_day, merchant_id),
  foreign key (rule_id, rule_version) references signal_rules,
  check ((looked_by is null) = (looked_at is null) and (looked_by is null) = (state = 'open')),
  check ((closed_by is not null and closed_at is not null and reason is not null) = (state in ('dismissed', 'violation')))
);
create index signals_waiting on signals (signal_id) where state in ('open', 'looked_at');
create index signals_merchant on signals (merchant_id, signal_id);

-- Sales for voucher credit that stand: what most rules look at. A purchase without a basket counts as one line.
create view voucher_sales as
  select business_day, merchant_id, terminal_id, household_id, transaction_id, at, rrn, total_rials, voucher_rials, card_rials, left_rials,
         verdicts is null as unlisted, coalesce(length(verdicts) / 14, 1) as lines
    from transactions
   where kind = 'purchase' and state = 'approved' and voucher_rials - given_voucher > 0;

insert into signal_rules (rule_id, version, valid_from, thresholds, owner, title_fa, title_en, text_fa, text_en, proposed_at)
select rule_id, 1, '2026-03-21', thresholds::jsonb, 'support', title_fa, title_en, text_fa, text_en, '2026-11-27' from (values
  ('credit-burst', '{"leftRials": 10000, "leastRials": 2000000, "seconds": 20, "chain": 4}',
   'خرج کامل اعتبار چند خانوار پشت سر هم', 'Whole credits spent one after another',
   'چند خانوار، با فاصلهٔ چند ثانیه و بی‌آنکه خرید دیگری میان آن‌ها باشد، همهٔ اعتبار خود را در یک فروشگاه خرج کرده‌اند.',
   'Several households spent all their credit at one shop within seconds of each other, with no other purchase in between.'),
  ('whole-credit', '{"leftRials": 10000, "leastRials": 2000000, "purchases": 10, "sharePercent": 60}',
   'خرج کامل اعتبار در یک قلم', 'The whole credit in one line',
   'بیشترِ فروش روز، خریدهای یک‌قلمی است که همهٔ اعتبار خانوار را تمام کرده‌اند.',
   'Most sales of the day have a single line and leave the household no credit.'),
  ('same-tail', '{"digits": 6, "purchases": 20, "sharePercent": 70}',
   'مبلغ‌هایی با رقم‌های پایانی یکسان', 'Amounts that end alike',
   'بیشترِ مبلغ‌های روز به رقم‌های یکسانی ختم می‌شوند؛ مبلغ سبد خرید واقعی چنین نیست.',
   'Most amounts of the day end in the same digits; those of real baskets do not.'),
  ('amount-pairs', '{"leastRials": 1000000, "pairs": 5}',
   'تکرار یک جفت مبلغ', 'The same two amounts again and again',
   'همان دو مبلغ، یکی پس از دیگری، بارها تکرار شده است.',
   'The same two amounts, one after the other, come back many times.'),
  ('same-card', '{"purchases": 4, "leastRials": 2000000}',
   'خریدهای پیاپی یک خانوار با کالابرگ و کارت', 'Voucher and card of one household, many times',
   'یک خانوار در یک روز بارها در یک فروشگاه هم از کالابرگ و هم از کارت پرداخته است.',
   'One household paid by voucher and card together at one shop many times in a day.'),
  ('split-purchases', '{"purchases": 6, "smallRials": 1000000, "sumRials": 3000000}',
   'خرد کردن یک خرید', 'One purchase cut into many',
   'یک خانوار در یک روز خریدهای کوچک بسیاری در یک فروشگاه داشته که جمع آن‌ها زیاد است.',
   'One household made many small purchases at one shop in a day that add up to much.'),
  ('terminals-alternate', '{"purchases": 20, "seconds": 60, "sharePercent": 90}',
   'کار یک‌درمیان دو پایانه', 'Two terminals in turn',
   'فروش‌های یک فروشگاه یک‌درمیان و با فاصلهٔ کم روی دو پایانه ثبت شده است؛ شاید هر دو در دست یک نفر باشد.',
   'A shop sells on two terminals strictly in turn and fast: one person may hold both.'),
  ('terminal-moved', '{"days": 30, "purchases": 5}',
   'پایانه‌ای که برای دو فروشگاه فروخته است', 'A terminal that sold for two shops',
   'پایانه‌ای که امروز برای این فروشگاه فروخته، چند روز پیش برای فروشگاه دیگری می‌فروخت؛ شاید اجاره یا جابه‌جا شده باشد.',
   'A terminal that sells for this shop sold for another one some days ago: it may be rented out or moved.'),
  ('foreign-hours', '{"purchases": 5, "hours": {"*": [6, 24], "butcher": [6, 23], "dairy": [6, 23]}}',
   'فروش در ساعت‌های ناآشنای صنف', 'Trade at hours foreign to the guild',
   'فروش‌هایی در ساعت‌هایی ثبت شده که فروشگاه‌های این صنف بسته‌اند.',
   'Sales stand at hours when shops of this guild are closed.'),
  ('sudden-volume', '{"newDays": 30, "times": 8, "peers": 5, "leastRials": 300000000}',
   'فروش ناگهانی پس از ثبت‌نام', 'Sudden volume after the registration',
   'فروشگاهی که تازه کار را آغاز کرده، چند برابر میانهٔ هم‌صنفان خود می‌فروشد.',
   'A shop that began lately sells many times the median of its guild.'),
  ('foreign-goods', '{"lines": 10, "sharePercent": 40}',
   'کالاهای ناآشنای صنف', 'Goods foreign to the guild',
   'بسیاری از قلم‌های سبدها کالایی است که این صنف اجازهٔ فروش آن را ندارد.',
   'Many lines of its baskets are goods that this guild may not sell.'),
  ('no-returns', '{"days": 14, "purchases": 200, "roundPercent": 80, "wholePercent": 60, "unlistedPercent": 95}',
   'فروش بدون هیچ بازگشت و با ترکیبی نامحتمل', 'Never a return, and an improbable mix',
   'در این روزها هیچ خریدی برنگشته و ترکیب فروش نامحتمل است: مبلغ‌های رند، خرج کامل اعتبار، و خرید بدون سبد.',
   'Not one purchase came back in these days, and the mix is improbable: round amounts, whole credits, no baskets.')
) as r (rule_id, thresholds, title_fa, title_en, text_fa, text_en);
