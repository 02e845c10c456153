-- A purchase whose rest is due in cash (RC 10) was sold like any other: its voucher part is matched, missed and explained.
create or replace view settlement_legs as
  select household_id, transaction_id, business_day, kind, state, merchant_id, terminal_id, stan, local_date, rrn,
         case kind when 'purchase' then 'SALE' else 'REV' end as leg,
         total_rials, voucher_rials, card_rials, coalesce(quote_ref, '') as quote_ref, original_id, at
    from transactions
   where kind in ('purchase', 'return', 'reversal') and state in ('approved', 'reversed') and rc in ('00', '10');
