-- The fixed card part of a purchase as dated rows of two persons (docs/decisions/0094): how much of a purchase the customer pays by card,
-- from which purchase amount on, as a part of the price (the shop's) or as a fee (a named account's), with its lawful maximum. A row
-- of a programme replaces `min_card_rials` and `min_card_as` of its rules from its day on.
create table card_parts (
  programme_id text   not null references programmes,
  valid_from   date   not null,
  kind         text   not null check (kind in ('price', 'fee')),
  rials        bigint not null check (rials between 0 and 999999999999999),
  per_million  int    not null check (per_million between 0 and 1000000), -- of the purchase, beside `rials`
  from_rials   bigint not null check (from_rials >= 0),                   -- purchases of less have no such part
  most_rials   bigint check (most_rials > 0),                             -- its lawful maximum
  payee        text   check (length(payee) between 2 and 80),
  account      text   check (length(account) between 2 and 80),
  primary key (programme_id, valid_from),
  constraint fee_has_account check (case when kind = 'fee' and rials + per_million > 0 then num_nonnulls(payee, account) = 2
                                         else num_nulls(payee, account) = 2 end)
);

-- What of a purchase a row makes the card part, rounded down to a rial; null: there is no row.
create function card_part_rials(rials bigint, per_million int, from_rials bigint, most_rials bigint, total bigint) returns bigint
language sql immutable as $$
  select case when rials is null then null when total < from_rials then 0
              else least(total, most_rials, rials + div(total::numeric * per_million, 1000000)::bigint) end
$$;

-- Rules as a purchase meets them: those of the table, with the row of `card_parts` that holds on its day. In the table they are null.
alter table programme_rules
  add column card_part_of     text,
  add column card_part_from   date,
  add column card_from_rials  bigint,
  add column card_per_million int,
  add column card_most_rials  bigint,
  add constraint card_parts_have_a_table
    check (num_nonnulls(card_part_of, card_part_from, card_from_rials, card_per_million, card_most_rials) = 0);

-- By which row the fee of a purchase was taken: whose it is. Nothing stands here unless a row of kind `fee` was in force.
create table card_part_fees (
  household_id   text   not null,
  transaction_id bigint not null,
  business_day   date   not null,
  programme_id   text   not null,
  valid_from     date   not null,
  primary key (household_id, transaction_id),
  foreign key (programme_id, valid_from) references card_parts
);

-- In which unit a PSP's settlement files say amounts, by settlement date; '*': every PSP without rows of its own. No row: rials.
-- `rounding`: how its line says an amount that is no whole number of steps of that unit, of a purchase made in another one.
create table acquirer_units (
  psp        text not null check (psp ~ '^(\*|[A-Za-z0-9_.-]{1,40})$'),
  valid_from date not null,
  unit       text not null,
  rounding   text not null check (rounding in ('down', 'half-up', 'up')),
  primary key (psp, valid_from)
);
create trigger check_unit_use before insert or update on acquirer_units for each row execute function check_unit_use();

alter table acquirer_lines add column step_rials bigint not null default 1; -- of the unit in which it says amounts

-- Rials as a line of steps says them.
create function said_in_steps(rials bigint, step bigint, rounding text) returns bigint language sql immutable as $$
  select case when step = 1 then rials
              when rounding = 'down' then rials - rials % step
              when rounding = 'up' then rials + step - 1 - (rials + step - 1) % step
              else rials + step / 2 - (rials + step / 2) % step end
$$;

-- The sections of rules that came with later versions, with these two.
create or replace function apply_more_rules(section text, b jsonb, a jsonb) returns void language plpgsql set search_path = public, pg_temp as $$
declare
  was date := (b ->> 'from')::date;
  d date := (a ->> 'from')::date;
begin
  if b is not null then
    case section
      when 'units' then delete from money_units where unit = b ->> 'unit' and valid_from = was;
      when 'terminalUnits' then delete from terminal_units where profile = b ->> 'profile' and valid_from = was;
      when 'paymentUnits' then delete from payment_units where valid_from = was;
      when 'bookUnits' then delete from book_units where valid_from = was;
      when 'acquirerUnits' then delete from acquirer_units where psp = b ->> 'psp' and valid_from = was;
      when 'feeTables' then delete from fee_tables where fee = b ->> 'fee' and valid_from = was;
      when 'cardParts' then delete from card_parts where programme_id = b ->> 'programme' and valid_from = was;
    end case;
  end if;
  if a is null then return; end if;
  case section
    when 'units' then
      insert into money_units (unit, valid_from, iso_code, iso_number, exponent, rials, name_fa, name_en, lawful)
      values (a ->> 'unit', d, a ->> 'alpha', a ->> 'numeric', (a ->> 'exponent')::int, (a ->> 'rials')::bigint, a ->> 'nameFa',
              a ->> 'nameEn', (a ->> 'lawful')::boolean);
    when 'terminalUnits' then insert into terminal_units values (a ->> 'profile', d, a ->> 'in');
    when 'paymentUnits' then insert into payment_units values (d, a ->> 'in');
    when 'bookUnits' then insert into book_units values (d, a ->> 'in');
    when 'acquirerUnits' then insert into acquirer_units values (a ->> 'psp', d, a ->> 'in', a ->> 'rounding');
    when 'feeTables' then
      insert into fee_tables (fee, valid_from, base, bands, exempt, payee, account)
      values (a ->> 'fee', d, a ->> 'of', a -> 'bands', array(select jsonb_array_elements_text(a -> 'exempt')), a ->> 'payee', a ->> 'account');
    when 'cardParts' then
      insert into card_parts (programme_id, valid_from, kind, rials, per_million, from_rials, most_rials, payee, account)
      values (a ->> 'programme', d, a ->> 'kind', (a ->> 'rials')::bigint, (a ->> 'perMillion')::int, (a ->> 'purchasesFromRials')::bigint,
              (a ->> 'mostRials')::bigint, a ->> 'payee', a ->> 'account');
  end case;
end $$;

-- What stands on a receipt as before (0796), with the card part by its row: its kind, its lawful maximum, whose fee it is.
create or replace function receipt_of(p_digest bytea) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  v_now bigint := database_clock();
  v_first date := (to_timestamp(v_now / 1000.0) at time zone interval '3:30')::date - 92;
  v_day date;
  t transactions;
  o transactions;
  v_back jsonb := '[]';
  v_until date;
  v_least bigint;
  v_part card_parts;
begin
  select * into t from transactions
   where sha256(token::bytea) = p_digest and state in ('approved', 'reversed') and business_day >= v_first
     and at > v_now - 90 * 86400000::bigint;
  if not found or t.kind not in ('purchase', 'return') then return null; end if;
  v_day := (to_timestamp(t.at / 1000.0) at time zone interval '3:30')::date;

  -- what took it back, each with what it moved; those of a card of no household share its name, and are not looked through
  if t.household_id <> '' and (t.state = 'reversed' or t.given_voucher + t.given_card + t.given_cash > 0) then
    select coalesce(jsonb_agg(jsonb_build_object('kind', r.kind, 'at', r.at::text, 'rrn', r.rrn,
             'voucher', (r.voucher_rials - r.given_voucher)::text, 'card', (r.card_rials - r.given_card)::text,
             'cash', (r.cash_rials - r.given_cash)::text) order by r.at, r.transaction_id), '[]') into v_back
      from transactions r
     where r.household_id = t.household_id and r.transaction_id > t.transaction_id and r.business_day >= t.business_day
       and r.original_id = t.transaction_id and r.original_day = t.business_day
       and r.kind in ('return', 'reversal') and r.state = 'approved';
  end if;

  if t.kind = 'return' then
    select * into o from transactions
     where household_id = t.household_id and transaction_id = t.original_id and business_day = t.original_day;
  end if;

  if t.left_rials > 0 then
    select coalesce(min(valid_to) filter (where amount_rials > spent_rials + held_rials or expired_rials > 0), max(valid_to)) into v_until
      from buckets where household_id = t.household_id and valid_from <= v_day and valid_to >= v_day;
  end if;

  if t.kind = 'purchase' and t.voucher_rials > 0 then
    -- of the programmes that paid: the greatest least card part, and by which row of `card_parts`, if by any
    select r.rials, r.kind, r.most_rials, r.payee into v_least, v_part.kind, v_part.most_rials, v_part.payee
      from (select distinct programme_id from buckets where household_id = t.household_id and bucket_id = any (t.bucket_ids)) p
      cross join lateral (
        select coalesce(card_part_rials(c.rials, c.per_million, c.from_rials, c.most_rials, t.total_rials), m.min_card_rials, 0) as rials,
               c.kind, c.most_rials, c.payee
          from (select 1) one
          left join lateral (select min_card_rials from programme_rules
                              where programme_id = p.programme_id and valid_from <= v_day order by valid_from desc limit 1) m on true
          left join lateral (select * from card_parts
                              where programme_id = p.programme_id and valid_from <= v_day order by valid_from desc limit 1) c on true) r
     order by r.rials desc, p.programme_id limit 1;
  end if;

  return jsonb_build_object(
    'kind', t.kind, 'state', t.state, 'at', t.at::text, 'endsAt', (t.at + 90 * 86400000::bigint)::text,
    'rrn', t.rrn, 'terminal', t.terminal_id, 'shop', (select name from merchants where merchant_id = t.merchant_id),
    'total', t.total_rials::text, 'voucher', t.voucher_rials::text, 'card', t.card_rials::text, 'cash', t.cash_rials::text,
    'fee', t.fee_rials::text, 'leastCard', coalesce(v_least, 0)::text,
    'cardKind', v_part.kind, 'cardMost', v_part.most_rials::text, 'cardPayee', v_part.payee,
    'lines', coalesce(t.verdicts, ''), 'left', t.left_rials::text, 'leftUntil', v_until,
    'backVoucher', t.given_voucher::text, 'backCard', t.given_card::text, 'backCash', t.given_cash::text, 'back', v_back,
    'asking', coalesce(t.pending_rials, 0)::text,
    -- the card part's way back: still to be told to the bank, or refused by it
    'cardOpen', exists (select 1 from bank_doubts d where d.kind = 'advice' and d.mti = '0420' and d.rrn = t.rrn and d.terminal_id = t.terminal_id),
    'cardRefused', exists (select 1 from bank_doubts d where d.kind = 'refused' and d.mti = '0420' and d.rrn = t.rrn and d.terminal_id = t.terminal_id),
    'originalRrn', o.rrn, 'originalAt', o.at::text);
end $$;
