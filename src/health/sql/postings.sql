-- Approved purchases of two days whose postings do not sum to them. kalabarg ledger verify looks at everything.
select count(*)::int as purchases, count(*) filter (where (t.voucher_rials, t.card_rials, t.cash_rials, t.fee_rials)
         is distinct from (coalesce(p.voucher, 0), coalesce(p.card, 0), coalesce(p.cash, 0), coalesce(p.fee, 0)))::int as wrong
  from transactions t
  left join (select household_id, transaction_id, sum(merchant_payable) as voucher, sum(merchant_card + fees) as card,
                    sum(merchant_cash) as cash, sum(fees) as fee
               from postings where kind = 'purchase' and business_day >= $1::date - 1 group by 1, 2) p using (household_id, transaction_id)
 where t.business_day >= $1::date - 1 and t.kind = 'purchase' and t.state in ('approved', 'reversed')
