-- What is not paid stays owed, in the open. $1 day.
insert into payable_carries (merchant_id, created_day, kind, rials, reason, source, owing_since)
select merchant_id, $1::date,
       case when outcome = 'hold' then 'held' when net_rials < 0 then 'negative' else 'small' end,
       net_rials, reason, 'net ' || $1::date,
       case when net_rials < 0 then coalesce(
         (select min(coalesce(c.owing_since, c.created_day)) from payable_carries c
           where c.merchant_id = n.merchant_id and c.consumed_day = $1::date and c.kind = 'negative'), $1::date) end
  from merchant_nets n
 where business_day = $1::date and outcome in ('carry', 'hold');
