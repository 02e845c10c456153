-- $1 SHA-256 of the token. One question, whether there is such a receipt or not.
select receipt_of($1) as receipt, c.credit_ends::text as ends, c.next_charge::text as "nextCharge", c.stood_in as "stoodIn",
       (select jsonb_agg(jsonb_build_object('unit', unit, 'from', valid_from, 'alpha', iso_code, 'numeric', iso_number, 'exponent', exponent,
          'rials', rials, 'nameFa', name_fa, 'nameEn', name_en, 'lawful', lawful)) from money_units) as units,
       (select jsonb_agg(jsonb_build_object('from', valid_from, 'in', unit)) from payment_units) as "paymentUnits"
  from (select 1) once left join door.receipt_credit($1) c on true
