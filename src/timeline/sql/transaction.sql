-- All that one row says. $1 household, $2 transaction, $3 business day.
select t.household_id as household, t.transaction_id::text as id, t.business_day::text as day, t.kind, t.state, t.at::float8 as at,
       t.terminal_id as terminal, t.merchant_id as merchant, coalesce(m.name, '') as shop, m.status as "shopStatus", t.masked as card, t.rrn, t.stan,
       t.rc as code, t.reason, t.total_rials::text as total, t.voucher_rials::text as voucher, t.card_rials::text as "cardPart",
       t.cash_rials::text as cash, (t.given_voucher + t.given_card + t.given_cash)::text as "givenBack",
       t.given_voucher::text as "givenVoucher", t.given_card::text as "givenCard", t.given_cash::text as "givenCash",
       t.local_time as "localTime", t.local_date as "localDate", t.auth_code as "authCode", t.left_rials::text as "left", t.fee_rials::text as fee,
       t.verdicts, t.quote_ref as "quoteRef", t.token, t.fault, t.bucket_ids::text[] as buckets, t.take_rials::text[] as takes, t.quantities,
       t.bank, t.leg_stan as "legStan", t.leg_at as "legAt", nullif(t.leased_until, 0)::float8 as "leasedUntil", t.reversal as "reversedWhile",
       t.original_id::text as "originalId", t.original_day::text as "originalDay", t.confirm_by::float8 as "confirmBy", t.confirmed_at::float8 as "confirmedAt",
       t.corrected_rials::text as corrected, t.price_rials::text as price, t.short_rials::text as short, term.profile, term.psp, term.software_version as software
  from transactions t
  left join merchants m using (merchant_id)
  left join terminals term on term.terminal_id = t.terminal_id
 where t.household_id = $1 and t.transaction_id = $2 and t.business_day = $3::date
