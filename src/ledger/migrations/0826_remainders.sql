-- When the books convert to another unit of money, what of a bucket is below one step of it goes to an account of its own, `remainders`,
-- by a posting of its own kind (docs/decisions/0088). Of that kind `programme_fund` is this account: rows that are written keep their form.
alter table postings
  drop constraint postings_kind_check,
  add constraint postings_kind_check check
    (kind in ('allocation', 'purchase', 'return', 'reversal', 'expiry', 'carry-over', 'prolongation', 'conversion')),
  add constraint conversion_of_credit check
    (kind <> 'conversion' or merchant_id is null and bucket_id is not null and programme_fund = -household_voucher);

create or replace view journal as
  select p.household_id, p.transaction_id, p.line, p.business_day, p.at, p.kind, p.merchant_id, p.bucket_id,
         leg.account, leg.rials
    from postings p
   cross join lateral (values
     (case kind when 'conversion' then 'remainders' else 'programme-fund' end, programme_fund), ('household-voucher', household_voucher),
     ('merchant-payable', merchant_payable), ('card-clearing', card_clearing), ('merchant-card', merchant_card), ('cash-note', cash_note),
     ('merchant-cash', merchant_cash), ('fees', fees), ('suspense', suspense)) leg (account, rials)
   where leg.rials <> 0;

-- In which unit a payment file says amounts: that of its business day, frozen as it is made.
alter table payment_files
  add column unit       text   not null default 'rial',
  add column unit_rials bigint not null default 1 check (unit_rials >= 1);

create function fill_payment_unit() returns trigger language plpgsql as $$
begin
  select u.unit, m.rials into new.unit, new.unit_rials
    from (select unit from payment_units where valid_from <= new.business_day order by valid_from desc limit 1) u
    join lateral (select rials from money_units m where m.unit = u.unit limit 1) m on true;
  new.unit := coalesce(new.unit, 'rial');
  new.unit_rials := coalesce(new.unit_rials, 1);
  return new;
end $$;
create trigger fill_payment_unit before insert on payment_files for each row execute function fill_payment_unit();

-- What one step of the payment files' unit is worth on a business day: of a net, what is below it waits for the next.
create function payment_step(day date) returns bigint language sql stable as $$
  select coalesce((select m.rials / (10::numeric ^ m.exponent)::bigint
                     from (select unit from payment_units where valid_from <= day order by valid_from desc limit 1) p
                     join lateral (select * from money_units m where m.unit = p.unit and m.valid_from <= day
                                    order by m.valid_from desc limit 1) m on true), 1)
$$;
