-- What lines that take something back are of: the terms of the purchase's day, by which they count, and whether a reversal left
-- nothing of it (as settlement_day and purchases_undone count it, decision 19), and what it paid by fee tables. $1 households, $2 ids and $3 days of the lines,
-- $4 ids and $5 days of their originals, $6 first and $7 last day that any of them is of.
select l.n::int - 1 as line, x.settle_card_part as "cardIsOurs", x.fee_fixed_rials::text as "feeFixed", x.fee_basis_points as "feeBasisPoints",
       o.kind = 'purchase' and coalesce(back.left_rials = 0, false) as undone,
       (select jsonb_object_agg(f.fee, fee_of(f.bands, fee_base(f.base, made.voucher, made.card, made.cash))::text)
          from fee_tables_on(made.posted_on) f where guild_on(o.merchant_id, made.posted_on) <> all (f.exempt)) as "tableFees"
  from unnest($1::text[], $2::bigint[], $3::date[], $4::bigint[], $5::date[]) with ordinality
       as l (household_id, transaction_id, business_day, original_id, original_day, n)
  join transactions o on o.household_id = l.household_id and o.transaction_id = l.original_id and o.business_day = l.original_day
                     and o.business_day between $6::date and $7::date
  -- of the reversal of a return: the purchase behind it
  cross join lateral (
    select case when o.kind = 'return' then o.original_id else l.original_id end as id,
           coalesce(case when o.kind = 'return' then o.original_day else l.original_day end, l.business_day) as began) b
  cross join lateral (
    select coalesce(min(p.business_day), b.began) as posted_on, sum(p.merchant_payable) as voucher, sum(p.merchant_card + p.fees) as card,
           sum(p.merchant_cash) as cash from postings p
     where p.household_id = l.household_id and p.transaction_id = b.id and p.kind = 'purchase'
       and p.business_day between b.began and b.began + 3 and p.business_day between $6::date and $7::date) made
  cross join lateral terms_on(made.posted_on) x
  cross join lateral (
    select o.total_rials - sum(e.rials) as left_rials
      from (select x.total_rials as rials from transactions x
             where x.household_id = o.household_id and x.original_id = o.transaction_id and x.original_day = o.business_day
               and x.kind in ('return', 'reversal') and x.state in ('approved', 'reversed')
               and x.business_day between o.business_day and l.business_day and x.transaction_id <= l.transaction_id
               and x.business_day between $6::date and $7::date
            union all
            select -y.total_rials
              from transactions x
              join transactions y on y.household_id = x.household_id and y.original_id = x.transaction_id
               and y.original_day = x.business_day and y.kind = 'reversal'
               and y.business_day between o.business_day and l.business_day and y.transaction_id <= l.transaction_id
               and y.business_day between $6::date and $7::date
             where x.household_id = o.household_id and x.original_id = o.transaction_id and x.original_day = o.business_day
               and x.kind = 'return' and x.business_day between o.business_day and l.business_day
               and x.business_day between $6::date and $7::date) e) back
