-- What a business day put on the shops' accounts, from the journal: the voucher part is ours to pay, the card part
-- only where the programme says so. Money taken back is a return (27 98 00) or a reversal (0400).
create view settlement_movements as
  select j.merchant_id, j.business_day, j.household_id, j.transaction_id,
         case when j.rials > 0 then 'purchase' when t.kind = 'return' then 'return' else 'reversal' end as kind,
         case when j.account = 'merchant-payable' then abs(j.rials) else 0 end as voucher_rials,
         case when j.account = 'merchant-card' then abs(j.rials) else 0 end as card_rials
    from journal j join transactions t using (household_id, transaction_id)
   where j.account in ('merchant-payable', 'merchant-card');
