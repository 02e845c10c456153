-- Under which name a transaction's request came. $1 terminal, $2 STAN, $3 DE 12, $4 DE 13, $5 business day, $6 transaction.
select r.transmission, r.family, encode(r.content_hash, 'hex') as hash
  from terminal_shops s
  join requests r on r.merchant_id = s.merchant_id and r.terminal_id = s.terminal_id and r.stan = $2 and r.local_time = $3 and r.local_date = $4
                 and r.business_day = $5::date
 where s.terminal_id = $1 and r.transaction_id = $6
