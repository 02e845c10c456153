-- What a shop may do (people.md 4.3). Purchases and pay-outs read it in the row of the shop that they read anyway, as instants (ms since the
-- epoch): allowed from `…_from` on and before `…_until`. So what ends by itself ends to the millisecond on every copy, and no job has to
-- run for it. The columns follow from what files say, from the decisions about the shop and from what it has shown; the owner's functions
-- alone write them. src/shops/capability.ts is the same rule, with its reasons; a test holds the two together.

-- What a shop has shown, and until when that holds: of each item the newest that two persons approved. A shop without rows here came from a
-- file; what the file says of it holds without an end.
create table shop_proofs (
  merchant_id text not null references merchants,
  code        text not null check (code in ('guild_licence', 'owner_identity', 'tax_code', 'sheba', 'mobile', 'address', 'terminal', 'terms', 'relations')),
  case_id     bigint not null references shop_cases,
  waived      boolean not null,                   -- not shown: two persons let it go, for good or until then
  since       timestamptz not null,
  valid_until timestamptz,                        -- null: without an end
  asked_until timestamptz,                        -- it is asked again: it counts no longer than that
  primary key (merchant_id, code)
);

-- Which items each capability rests on.
create function capability_items() returns table (capability text, code text) language sql immutable as $$
  select c, i from (values
    ('voucher_purchase', array['guild_licence', 'owner_identity', 'tax_code', 'mobile', 'address', 'terminal', 'terms', 'relations']),
    ('card_purchase',    array['owner_identity', 'tax_code', 'terminal', 'terms']),
    ('payout',           array['owner_identity', 'sheba', 'relations']),
    ('refund',           array[]::text[]),
    ('new_terminal',     array['guild_licence', 'owner_identity', 'tax_code', 'address', 'relations'])) as r (c, items)
  left join lateral unnest(items) as u (i) on true
$$;

-- Which capabilities each standing stops. What a customer brings back is taken while the shop is there, and what a shop is owed is paid to
-- it in the end: only a suspension, which ends soon, holds a pay-out.
create function standing_stops(state text) returns text[] language sql immutable as $$
  select case state
    when 'RESTRICTED'   then array['new_terminal']
    when 'SUSPENDED'    then array['voucher_purchase', 'card_purchase', 'payout', 'new_terminal']
    when 'DISQUALIFIED' then array['voucher_purchase', 'card_purchase', 'new_terminal']
    when 'CLOSED'       then array['voucher_purchase', 'card_purchase', 'refund', 'new_terminal']
    else array[]::text[] end
$$;

-- The next 02:00 in Tehran (22:30 UTC) at or after an instant: no paper ends in opening hours.
create function after_hours(t timestamptz) returns timestamptz language sql immutable as $$
  select to_timestamp(ceil((extract(epoch from t) - 81000) / 86400) * 86400 + 81000)
$$;

create function ms_of(t timestamptz) returns bigint language sql immutable as $$
  select floor(extract(epoch from t) * 1000)::bigint
$$;

-- The decision that is in force: a suspension at once, everything else from its second person on; the youngest of those that have not ended.
create or replace view shop_standing as
  select distinct on (merchant_id) merchant_id, state, decision_id, until, coalesce(confirmed_at, at) as since
    from shop_decisions
   where (state = 'SUSPENDED' or confirmed_at is not null) and (until is null or ms_of(until) > database_clock())
   order by merchant_id, case state when 'SUSPENDED' then at else confirmed_at end desc, decision_id desc;

alter table merchants
  add column voucher_from bigint not null default 0, add column voucher_until bigint not null default 0,
  add column card_from bigint not null default 0, add column card_until bigint not null default 0,
  add column payout_from bigint not null default 0, add column payout_until bigint not null default 0,
  add column refund_from bigint not null default 0, add column refund_until bigint not null default 0,
  add column terminal_from bigint not null default 0, add column terminal_until bigint not null default 0,
  add column listed_at timestamptz not null default now(); -- since when files say its status

-- When a shop may do what, from now on: the first span of each capability that has not ended. 9223372036854775807: without an end.
create function capability_spans(p_merchant text, p_listed text)
returns table (capability text, from_ms bigint, until_ms bigint) language sql stable as $$
  with capabilities as (
    select r.capability, 9223372036854775807 as forever,
           (select min(ms_of(after_hours(least(p.valid_until, p.asked_until)))) from shop_proofs p
             where p.merchant_id = p_merchant and p.code in (select i.code from capability_items() i where i.capability = r.capability)) as ends
      from (select distinct i.capability from capability_items() i) r
  ), counting as (
    select d.state, ms_of(d.until) as until, case d.state when 'SUSPENDED' then d.at else d.confirmed_at end as since, d.decision_id
      from shop_decisions d
     where d.merchant_id = p_merchant and (d.state = 'SUSPENDED' or d.confirmed_at is not null) and (d.until is null or ms_of(d.until) > database_clock())
  ), marks as (
    select 0::bigint as at union select until from counting where until is not null
  ), standings as (
    select at, standing_stops((select c.state from counting c where c.until is null or c.until > m.at
                                order by c.since desc, c.decision_id desc limit 1)) as stopped
      from marks m
  ), opened as (
    select c.capability, c.forever, c.ends, (select min(s.at) from standings s where c.capability <> all (s.stopped)) as at from capabilities c
  )
  select capability, case when p_listed = 'approved' then coalesce(at, 0) else 0 end,
         case when p_listed = 'approved' and at is not null
              then least(ends, forever, (select min(s.at) from standings s where s.at > o.at and o.capability = any (s.stopped))) else 0 end
    from opened o
$$;

-- Nothing else writes what a shop may do: whoever writes a status, or says it again, has these follow.
create or replace function overlay_decision() returns trigger language plpgsql as $$
declare
  stopped boolean := false;
  span record;
begin
  if exists (select from shop_decisions d where d.merchant_id = new.merchant_id)
     or exists (select from shop_proofs p where p.merchant_id = new.merchant_id) then
    select s.state in ('SUSPENDED', 'DISQUALIFIED', 'CLOSED') into stopped from shop_standing s where s.merchant_id = new.merchant_id;
    for span in select * from capability_spans(new.merchant_id, new.listed_status) loop
      case span.capability
        when 'voucher_purchase' then new.voucher_from := span.from_ms; new.voucher_until := span.until_ms;
        when 'card_purchase' then new.card_from := span.from_ms; new.card_until := span.until_ms;
        when 'payout' then new.payout_from := span.from_ms; new.payout_until := span.until_ms;
        when 'refund' then new.refund_from := span.from_ms; new.refund_until := span.until_ms;
        when 'new_terminal' then new.terminal_from := span.from_ms; new.terminal_until := span.until_ms;
      end case;
    end loop;
  else
    -- as most shops: nothing but what a file says
    new.voucher_from := 0; new.card_from := 0; new.payout_from := 0; new.refund_from := 0; new.terminal_from := 0;
    new.voucher_until := case new.listed_status when 'approved' then 9223372036854775807 else 0 end;
    new.card_until := new.voucher_until;
    new.payout_until := new.voucher_until;
    new.refund_until := new.voucher_until;
    new.terminal_until := new.voucher_until;
  end if;
  new.status := case when stopped then 'suspended' else new.listed_status end;
  return new;
end $$;

create or replace function keep_listed_status() returns trigger language plpgsql as $$
begin
  new.listed_status := new.status;
  if tg_op = 'UPDATE' and new.listed_status <> old.listed_status then new.listed_at := now(); end if;
  return new;
end $$;

-- What two persons approved is what the shop has shown from then on.
create function keep_proofs(p_case bigint, p_merchant text) returns void language sql as $$
  insert into shop_proofs (merchant_id, code, case_id, waived, since, valid_until)
  select p_merchant, i.code, p_case, i.state = 'waived', i.since, i.valid_until
    from shop_items i where i.case_id = p_case and i.state in ('met', 'waived')
  on conflict (merchant_id, code) do update set (case_id, waived, since, valid_until, asked_until)
    = (excluded.case_id, excluded.waived, excluded.since, excluded.valid_until, null)
$$;
create function keep_first_proofs() returns trigger language plpgsql as $$
begin
  perform keep_proofs(c.case_id, new.merchant_id) from shop_cases c where c.shop_id = new.shop_id and c.state = 'APPROVED';
  update merchants set listed_status = listed_status where merchant_id = new.merchant_id;
  return null;
end $$;
create trigger keep_first_proofs after update of merchant_id on shops for each row when (new.merchant_id is not null)
  execute function keep_first_proofs();

-- Lets the decisions in force count, also where one has begun or ended, with the owner's rights. What stops a shop, and what ends by itself,
-- has its instant in the shop's row: this only brings the span that comes after.
create or replace function apply_standings() returns int language plpgsql security definer set search_path = public, pg_temp as $$
declare
  changed int;
begin
  update merchants m set listed_status = m.listed_status
    from (select distinct merchant_id from shop_decisions) d
   where m.merchant_id = d.merchant_id
     and ((m.status = 'suspended') <> (m.listed_status = 'suspended' or exists (
            select from shop_standing s where s.merchant_id = m.merchant_id and s.state in ('SUSPENDED', 'DISQUALIFIED', 'CLOSED')))
          or exists (
            select from capability_spans(m.merchant_id, m.listed_status) s
             where (s.from_ms, s.until_ms) <> (case s.capability
                     when 'voucher_purchase' then m.voucher_from when 'card_purchase' then m.card_from when 'payout' then m.payout_from
                     when 'refund' then m.refund_from else m.terminal_from end,
                   case s.capability
                     when 'voucher_purchase' then m.voucher_until when 'card_purchase' then m.card_until when 'payout' then m.payout_until
                     when 'refund' then m.refund_until else m.terminal_until end)));
  get diagnostics changed = row_count;
  return changed;
end $$;
revoke execute on function keep_proofs(bigint, text) from public;

insert into shop_proofs (merchant_id, code, case_id, waived, since, valid_until)
select distinct on (s.merchant_id, i.code) s.merchant_id, i.code, c.case_id, i.state = 'waived', i.since, i.valid_until
  from shops s join shop_cases c using (shop_id) join shop_items i using (case_id)
 where s.merchant_id is not null and c.state = 'APPROVED' and i.state in ('met', 'waived')
 order by s.merchant_id, i.code, c.case_id desc;
update merchants set listed_status = listed_status;
