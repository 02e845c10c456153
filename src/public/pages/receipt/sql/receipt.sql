-- $1 SHA-256 of the token. One question, whether there is such a receipt or not.
select receipt_of($1) as receipt, c.credit_ends::text as ends, c.next_charge::text as "nextCharge"
  from (select 1) once left join receipt_credit($1) c on true
