-- What a business day put on the shops' accounts, from the journal: the voucher part is ours to pay, the card part
-- only where the programme says so. Money taken back is a return (27 98 00) or a reversal (0400).
create view settlement_movements as
  select merchant_id, business_day, household_id, transaction_id,
         case when merchant_payable + merchant_card > 0 then 'purchase' when kind = 'return' then 'return' else 'reversal' end as kind,
         abs(merchant_payable) as voucher_rials, abs(merchant_card) as card_rials
    from postings
   where merchant_id is not null and (merchant_payable <> 0 or merchant_card <> 0);
