-- One order for each net to pay, or several where it is over the cap. $1 day, $2 PAYA cap (null: none),
-- $3 least SATNA amount (null: never SATNA, split), $4 most orders in a file, $5 instruction prefix (Jalali day),
-- $6 serial before the first file's, $7 debtor Sheba.
with parts as (
  select n.merchant_id, part,
         case when satna then 'SATNA' else 'PAYA' end as rail,
         case when satna or $2::bigint is null then p.rials
              else least($2, p.rials - (part - 1) * $2) end as amount_rials
    from merchant_nets n
   cross join lateral (select n.net_rials - n.remainder_rials - n.held_rials as rials) as p -- but for what is disputed
   cross join lateral (select $2::bigint is not null and p.rials > $2 and p.rials >= $3::bigint) as r (is_satna)
   cross join lateral (select coalesce(is_satna, false)) as s (satna)
   cross join lateral generate_series(1,
     case when satna or $2::bigint is null then 1 else ((p.rials + $2 - 1) / $2)::int end) as g (part)
   where n.business_day = $1::date and n.outcome = 'pay'
), numbered as (
  select *, row_number() over (order by rail, merchant_id, part) as sequence,
         row_number() over (partition by rail order by merchant_id, part) - 1 as at
    from parts
), placed as (
  select *, (at / $4::int)::int + 1 as file_no, (at % $4::int)::int + 1 as position from numbered
), filed as (
  select *, dense_rank() over (order by rail, file_no) as file_rank from placed
)
insert into payment_orders
  (merchant_id, business_day, part, instruction_id, message_id, position, sheba, name, creditor_id, amount_rials, rail)
select merchant_id, $1::date, part, $5 || lpad(sequence::text, 6, '0'),
       $7 || lpad(($6::int + file_rank)::text, 9, '0'), position, sheba_on(m.merchant_id, m.sheba, $1::date), m.name, to_jsonb(m) ->> 'owner_national_id', amount_rials, rail
  from filed join merchants m using (merchant_id);
