-- The double entries of a transaction: it may be posted a few days after it was asked for. $1 household, $2 transaction, $3 business day.
select business_day::text as day, line, kind, at::float8 as at, bucket_id::text as bucket, programme_fund::text as "programme-fund", household_voucher::text as "household-voucher",
       merchant_payable::text as "merchant-payable", card_clearing::text as "card-clearing", merchant_card::text as "merchant-card",
       cash_note::text as "cash-note", merchant_cash::text as "merchant-cash", fees::text as fees, suspense::text as suspense
  from postings
 where household_id = $1 and transaction_id = $2 and business_day between $3::date and $3::date + 3
 order by business_day, line
