-- The purchase that a receipt names, by indexes that are there: the terminal's requests of the days that the RRN may be of.
-- $1 RRN, $2 terminal, $3 business days, $4 total rials, $5 last four digits of the card, $6 shop (null: any that the terminal was of).
-- The total or the last four digits may be null for a shop that reads its own books.
select t.household_id as household, t.transaction_id::text as id, t.business_day::text as day, t.merchant_id as merchant,
       t.terminal_id as terminal, t.rrn, t.total_rials::text as total, right(t.masked, 4) as last4, m.name
  from terminal_shops s
  join requests r on r.merchant_id = s.merchant_id and r.terminal_id = s.terminal_id and r.family = '02' and r.business_day = any ($3::date[])
  join transactions t on t.household_id = r.household_id and t.transaction_id = r.transaction_id and t.business_day = r.business_day
  join merchants m on m.merchant_id = s.merchant_id
 where s.terminal_id = $2 and ($6::text is null or s.merchant_id = $6)
   and t.rrn = $1 and t.kind = 'purchase' and t.business_day = any ($3::date[])
   and ($4::bigint is null or t.total_rials = $4) and ($5::text is null or right(t.masked, 4) = $5)
 limit 1
