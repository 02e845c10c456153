-- Violations, notices and appeals (people.md 4.4), and disputed transactions. A violation proposes; a sanction is decided by another person
-- than the one who gave notice, after the shop could answer; an appeal is decided by a third.

-- What violations weigh and what they add up to, from a day on: published, in both languages (src/shops/sanction.ts says what stands in it).
create table shop_sanctions (
  version    text primary key check (version ~ '^\d{4}-\d{1,3}$'),
  valid_from date  not null unique,
  rules      jsonb not null
);
insert into shop_sanctions (version, valid_from, rules) values ('1405-1', '2026-03-21', '{
  "countsForDays": 365,
  "kinds": [
    {"code": "extra_fee", "points": 2, "fa": "دریافت کارمزد یا مبلغ بیش از بهای کالا", "en": "An extra fee, or more than the price"},
    {"code": "refused_sale", "points": 2, "fa": "خودداری از فروش کالابرگی", "en": "Refusing to sell for vouchers"},
    {"code": "over_cap", "points": 3, "fa": "گران‌فروشی کالای مشمول", "en": "Goods of the scheme above their price cap"},
    {"code": "other_goods", "points": 4, "fa": "ثبت کالای دیگر به جای کالای مشمول", "en": "Other goods sold as goods of the scheme"},
    {"code": "split_purchase", "points": 4, "fa": "خرد کردن خرید برای دور زدن سقف", "en": "Purchases split to get around a limit"},
    {"code": "terminal_elsewhere", "points": 6, "fa": "استفاده از پایانه در جای دیگر یا واگذاری آن", "en": "A terminal rented, lent or moved"},
    {"code": "cash_out", "points": 10, "fa": "خرید صوری و نقد کردن اعتبار", "en": "Sham purchases, credit turned into cash"}
  ],
  "sanctions": [
    {"points": 4, "state": "RESTRICTED", "days": 90, "fa": "محدودیت سه‌ماهه: بدون پایانهٔ تازه", "en": "Restricted for three months: no further terminal"},
    {"points": 10, "state": "DISQUALIFIED", "days": 365, "fa": "محرومیت یک‌ساله", "en": "Disqualified for a year"},
    {"points": 20, "state": "DISQUALIFIED", "fa": "محرومیت دائم", "en": "Disqualified for good"}
  ]
}');

create table shop_violations (
  violation_id bigint generated always as identity primary key,
  merchant_id  text not null references merchants,
  kind         text not null check (kind ~ '^[a-z_]{1,40}$'),
  at           timestamptz not null,              -- when it happened
  found_at     timestamptz not null,
  found_by     bigint references persons,         -- null: a signal that a person closed as one
  signal       text check (length(signal) <= 100),
  note         text not null check (length(note) between 10 and 2000),
  evidence     jsonb not null default '[]',       -- RRNs
  struck_at    timestamptz,                       -- it counts no more: a notice about it fell
  check (at <= found_at),
  check (found_by is not null or signal is not null)
);
create index shop_violations_merchant on shop_violations (merchant_id, violation_id);
create unique index shop_violations_signal on shop_violations (signal) where signal is not null; -- a signal is one violation

create table shop_notices (
  notice_id    bigint generated always as identity primary key,
  number       text not null unique check (number ~ '^\d{9}$'),
  merchant_id  text not null references merchants,
  violations   bigint[] not null,
  evidence     jsonb not null,                    -- the transactions: RRNs
  rule         text not null check (length(rule) between 1 and 60),
  rule_version text not null references shop_sanctions,
  sanction     text not null check (sanction in ('RESTRICTED', 'DISQUALIFIED')),
  days         int check (days between 1 and 3650),   -- null: for good
  text         text not null check (length(text) between 10 and 4000),
  notified_at  timestamptz not null,
  notified_by  bigint not null references persons,
  response     text check (length(response) between 1 and 4000),
  responded_at timestamptz,
  decided_by   bigint references persons,
  decided_at   timestamptz,
  upheld       boolean,
  decision     text check (length(decision) between 10 and 4000),
  appeal       text check (length(appeal) between 1 and 4000),
  appealed_at  timestamptz,
  final_by     bigint references persons,
  final_at     timestamptz,
  final_upheld boolean,
  final        text check (length(final) between 10 and 4000),
  ended_at     timestamptz,                       -- it is final, by a word or because a day passed; kept for what follows from it
  state        text not null check (state in ('NOTICE', 'DECISION', 'APPEAL_OPEN', 'APPEAL', 'FINAL')), -- of when it changed last: for lists
  waits_on     text check (waits_on in ('shop', 'decider', 'appeal_decider')),
  waits_until  timestamptz,
  version      int not null default 1,
  check ((response is null) = (responded_at is null)),
  check ((decided_by is null) = (decided_at is null) and (decided_by is null) = (upheld is null)),
  check ((appeal is null) = (appealed_at is null)),
  check ((final_by is null) = (final_at is null) and (final_by is null) = (final_upheld is null)),
  -- three persons
  check (decided_by <> notified_by),
  check (final_by <> notified_by and final_by <> decided_by),
  check (appealed_at is null or upheld),
  check (final_at is null or appealed_at is not null)
);
create index shop_notices_merchant on shop_notices (merchant_id, notice_id);
create index shop_notices_open on shop_notices (waits_until) where ended_at is null;

-- A sanction is a decision of its notice. It is void when the notice falls on appeal.
alter table shop_decisions
  add column notice_id bigint unique references shop_notices,
  add column void_at timestamptz,
  add constraint void_of_a_notice check (void_at is null or notice_id is not null);

create function standing_rank(state text) returns int language sql immutable as $$
  select array_position(array['ACTIVE', 'RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'], state)
$$;

-- The decision that is in force at an instant: the strictest of the youngest one that persons took and of the sanctions since the last ACTIVE.
-- So a sanction that begins while a shop is suspended does not end the suspension.
create function decision_at(p_merchant text, p_ms bigint) returns shop_decisions language sql stable as $$
  with counting as (
    select d.*, case d.state when 'SUSPENDED' then d.at else d.confirmed_at end as since
      from shop_decisions d
     where d.merchant_id = p_merchant and (d.state = 'SUSPENDED' or d.confirmed_at is not null) and d.void_at is null
       and (d.until is null or ms_of(d.until) > p_ms)
  ), taken as (
    select c.decision_id, c.since, c.state from counting c where c.notice_id is null order by c.since desc, c.decision_id desc limit 1
  ), cleared as (
    select c.since, c.decision_id from counting c where c.notice_id is null and c.state = 'ACTIVE' order by c.since desc, c.decision_id desc limit 1
  )
  select d from shop_decisions d join counting c using (decision_id)
   where (c.notice_id is not null or c.decision_id = (select t.decision_id from taken t))
     and not exists (select from cleared x where (c.since, c.decision_id) < (x.since, x.decision_id))
   order by standing_rank(c.state) desc, c.since desc, c.decision_id desc limit 1
$$;

create or replace view shop_standing as
  select m.merchant_id, (d).state, (d).decision_id, (d).until, coalesce((d).confirmed_at, (d).at) as since
    from (select distinct merchant_id from shop_decisions) m
   cross join lateral (select decision_at(m.merchant_id, database_clock()) as d) x
   where (d).decision_id is not null;

create or replace function capability_spans(p_merchant text, p_listed text)
returns table (capability text, from_ms bigint, until_ms bigint) language sql stable as $$
  with capabilities as (
    select r.capability, 9223372036854775807 as forever,
           (select min(ms_of(after_hours(least(p.valid_until, p.asked_until)))) from shop_proofs p
             where p.merchant_id = p_merchant and p.code in (select i.code from capability_items() i where i.capability = r.capability)) as ends
      from (select distinct i.capability from capability_items() i) r
  ), marks as (
    select database_clock() as at
    union select ms_of(d.until) from shop_decisions d where d.merchant_id = p_merchant and ms_of(d.until) > database_clock()
  ), standings as (
    select m.at, m.at = min(m.at) over () as now, standing_stops((decision_at(p_merchant, m.at)).state) as stopped from marks m
  ), opened as (
    select c.capability, c.forever, c.ends, o.at, o.now
      from capabilities c
      left join lateral (select s.at, s.now from standings s where c.capability <> all (s.stopped) order by s.at limit 1) o on true
  )
  select capability, case when p_listed = 'approved' and not now then at else 0 end,
         case when p_listed = 'approved' and at is not null
              then least(ends, forever, (select min(s.at) from standings s where s.at > o.at and o.capability = any (s.stopped))) else 0 end
    from opened o
$$;

-- The sanction of a notice begins with the decision of another person, in the same transaction; it ends with its days. With the owner's
-- rights: what a notice says is what is decided.
create function apply_notice(p_notice bigint) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  n shop_notices;
  v_now timestamptz := to_timestamp(database_clock() / 1000.0);
  v_late timestamptz; -- a word was due by then (src/shops/appeal.ts)
begin
  select * into n from shop_notices where notice_id = p_notice for update;
  v_late := case when n.decided_by is null then coalesce(n.responded_at, n.notified_at + interval '10 days') + interval '10 days'
                 when n.appealed_at is not null and n.final_by is null then n.appealed_at + interval '15 days' end;
  if n.notice_id is null or n.decided_by is null and v_late > v_now or n.ended_at is not null and v_late > v_now then
    raise exception 'notice % is not decided', p_notice using errcode = 'check_violation';
  end if;
  if n.upheld and coalesce(n.final_upheld, true) and (v_late is null or v_late > v_now) then
    insert into shop_decisions (merchant_id, state, at, until, rule, reason, evidence, decided_by, confirmed_by, confirmed_at, notice_id)
    values (n.merchant_id, n.sanction, n.decided_at, n.decided_at + n.days * interval '1 day', left(n.rule || '/' || n.rule_version, 60),
            left(n.text, 1000), n.evidence, n.notified_by, n.decided_by, n.decided_at, n.notice_id)
    on conflict (notice_id) do nothing;
  else
    -- it fell: not upheld, or on appeal, or nobody decided the appeal in time
    update shop_decisions set void_at = v_now where notice_id = p_notice and void_at is null;
    update shop_violations set struck_at = coalesce(n.ended_at, n.final_at, n.decided_at)
     where violation_id = any (n.violations) and merchant_id = n.merchant_id and struck_at is null;
  end if;
  update merchants set listed_status = listed_status where merchant_id = n.merchant_id;
  return n.state;
end $$;

-- Transactions whose rials are held out of a shop's net, alone: until a day, or until two persons let them go.
create table shop_disputes (
  dispute_id     bigint generated always as identity primary key,
  merchant_id    text not null references merchants,
  household_id   text not null,
  transaction_id bigint not null,
  business_day   date not null,
  rrn            text not null,
  rials          bigint not null check (rials > 0),
  reason         text not null check (length(reason) between 10 and 1000),
  notice_id      bigint references shop_notices,
  at             timestamptz not null,
  by_person      bigint not null references persons,
  until          timestamptz not null,            -- it ends by itself
  release_by     bigint references persons,       -- proposes to let it go
  release_reason text check (length(release_reason) between 10 and 1000),
  released_by    bigint references persons,
  released_at    timestamptz,
  check (until > at and until <= at + interval '60 days'),
  check ((release_by is null) = (release_reason is null)),
  check ((released_by is null) = (released_at is null)),
  check (released_by is null or release_by is not null),
  check (released_by <> release_by)
);
create index shop_disputes_merchant on shop_disputes (merchant_id) where released_at is null;

-- What is held of each shop out of nets of days up to this one.
create function disputed_rials(p_merchant text, p_day date) returns bigint language sql stable as $$
  select coalesce(sum(rials), 0)::bigint from shop_disputes
   where merchant_id = p_merchant and released_at is null and ms_of(until) > database_clock() and business_day <= p_day
$$;
alter table merchant_nets add column held_rials bigint not null default 0 check (held_rials >= 0); -- disputed, of a net that is paid
revoke execute on function apply_notice(bigint) from public;
update merchants m set listed_status = m.listed_status from (select distinct merchant_id from shop_decisions) d where d.merchant_id = m.merchant_id;
