-- What becomes of each shop's net. $1 day, $2 least payout, $3 codes of known banks.
-- A bad shop is held with its reason; it never stops the others. Sheba: ISO 7064 mod 97-10 (I = 18, R = 27).
update merchant_nets n
   set outcome = v.outcome, reason = v.reason
  from (
    select n.merchant_id,
           case when n.net_rials = 0 then 'zero'
                when n.net_rials < 0 or n.net_rials < $2 then 'carry'
                when fault is null then 'pay'
                else 'hold' end as outcome,
           case when n.net_rials < 0 then 'the net is negative'
                when n.net_rials > 0 and n.net_rials < $2 then 'below the least payout'
                when n.net_rials > 0 then fault end as reason
      from merchant_nets n
      left join merchants m using (merchant_id)
      cross join lateral (
        select case
          when m.merchant_id is null then 'the merchant is unknown'
          when m.status <> 'approved' then 'the merchant is ' || m.status
          when m.sheba is null or m.sheba !~ '^IR[0-9]{24}$' then 'the Sheba is not IR and 24 digits'
          when (substr(m.sheba, 5) || '1827' || substr(m.sheba, 3, 2))::numeric % 97 <> 1
            then 'the Sheba has wrong check digits'
          when not substr(m.sheba, 5, 3) = any ($3::text[]) then 'the Sheba names no known bank'
        end as fault) as faults
     where n.business_day = $1::date) as v
 where n.business_day = $1::date and n.merchant_id = v.merchant_id;
