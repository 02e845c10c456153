-- What differs about a transaction: by itself, or by its shop's day. $1 household, $2 transaction, $3 RRN, $4 merchant, $5 business day.
select break_id::text as id, class, state, rials::text, detail, owner, post, post_rials::text as "postRials", proposed_by as "proposedBy", approved_by as "approvedBy",
       (extract(epoch from raised_at) * 1000)::float8 as "raisedAt", (extract(epoch from resolved_at) * 1000)::float8 as "resolvedAt",
       class = 'UNEXPLAINED' as "ofShop"
  from breaks
 where (rrn = $3 and merchant_id = $4 and class <> 'UNEXPLAINED' and (transaction_id is null or (household_id, transaction_id) = ($1, $2)))
    or (class = 'UNEXPLAINED' and merchant_id = $4 and business_day = $5::date)
 order by break_id
