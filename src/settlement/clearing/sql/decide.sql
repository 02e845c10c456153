-- What becomes of each shop's net. $1 day, $2 least payout, $3 codes of known banks,
-- $4 what one step of the payment files' unit is worth, $5 of the books'.
-- A bad shop is held with its reason; it never stops the others. Sheba: ISO 7064 mod 97-10 (I = 18, R = 27).
-- The shop is looked up row by row, by its key: a join of nets just made, of which the planner knows nothing yet, once
-- became a loop of 100,000 times 100,000.
update merchant_nets n
   set (outcome, reason, held_rials, remainder_rials) = (
    select case when w.whole = 0 then 'zero'
                when w.whole < 0 or w.whole < least_payout then 'carry'
                when fault is not null or disputed >= w.whole then 'hold'
                when w.whole - disputed < least_payout then 'carry'
                else 'pay' end,
           case when w.whole < 0 then 'the net is negative'
                when w.whole > 0 and w.whole < least_payout then 'below the least payout'
                when w.whole <= 0 then null
                when fault is not null then fault
                when disputed >= w.whole then 'all of it is disputed'
                when w.whole - disputed < least_payout then 'below the least payout, but for what is disputed'
                when disputed > 0 then 'but for what is disputed'
                when w.whole % step > 0 then 'but for what is below one step of the unit' end,
           case when w.whole > 0 and fault is null and w.whole - disputed >= least_payout
                then disputed + (w.whole - disputed) % step else 0 end,
           w.remainder
      -- from the day on which the books convert, what with what stands in the shop's `remainders` is below one step of their unit goes there
      from (select $5::bigint as book, coalesce(sum(case s.credit when 'remainders' then s.rials else -s.rials end), 0)::bigint as kept
              from settlement_postings s where $5::bigint > 1 and s.merchant_id = n.merchant_id and s.kind = 'remainder') as r
     cross join lateral (select mod(mod(r.kept + n.net_rials, r.book) + r.book, r.book) - r.kept as remainder) as m0
     cross join lateral (select m0.remainder, n.net_rials - m0.remainder as whole) as w
      left join merchants m on m.merchant_id = n.merchant_id
      cross join lateral (select sheba_on(m.merchant_id, m.sheba, $1::date) as sheba) as at
      cross join lateral (
        select case
          when m.merchant_id is null then 'the merchant is unknown'
          when database_clock() < m.payout_from or database_clock() >= m.payout_until
            then case when m.status = 'approved' then 'its pay-outs are restricted' else 'the merchant is ' || m.status end
          when exists (select 1 from shops_below_suspense b where b.merchant_id = n.merchant_id)
            then 'its suspense is below zero'
          when exists (select 1 from shops_unexplained u where u.merchant_id = n.merchant_id)
            then 'what it is owed is not explained: break '
                 || (select u.break_id from shops_unexplained u where u.merchant_id = n.merchant_id)
          when at.sheba is null or at.sheba !~ '^IR[0-9]{24}$' then 'the Sheba is not IR and 24 digits'
          when at.sheba !~ '^IR(0[2-9]|[1-8][0-9]|9[0-8])'  -- never given out (field/sheba.ts)
            or (substr(at.sheba, 5) || '1827' || substr(at.sheba, 3, 2))::numeric % 97 <> 1
            then 'the Sheba has wrong check digits'
          when not substr(at.sheba, 5, 3) = any ($3::text[]) then 'the Sheba names no known bank'
        end as fault) as faults
      cross join lateral (select disputed_rials(n.merchant_id, $1::date) as disputed) as disputes
      -- an order is whole steps of the unit in which payment files say amounts (docs/decisions/0088)
      cross join (select $4::bigint as step, greatest($2::bigint, $4::bigint) as least_payout) as steps)
 where n.business_day = $1::date;
