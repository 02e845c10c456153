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

-- What of a purchase a row makes the card part, rounded down to a rial.
create function card_part_rials(rials bigint, per_million int, from_rials bigint, most_rials bigint, total bigint) returns bigint
language sql immutable as $$
  select case when total < from_rials then 0
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
