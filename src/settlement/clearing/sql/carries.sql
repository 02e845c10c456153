-- What is not paid stays owed, in the open. $1 day.
insert into payable_carries (merchant_id, created_day, kind, rials, reason, source, owing_since)
select merchant_id, $1::date,
       case when reason = 'but for what is below one step of the unit' then 'small' when outcome in ('hold', 'pay') then 'held' when net_rials - remainder_rials < 0 then 'negative' else 'small' end,
       case outcome when 'pay' then held_rials else net_rials - remainder_rials end, case when outcome <> 'pay' then reason when reason = 'but for what is disputed' then 'disputed' else reason end, 'net ' || $1::date,
       case when net_rials - remainder_rials < 0 then coalesce(
         (select min(coalesce(c.owing_since, c.created_day)) from payable_carries c
           where c.merchant_id = n.merchant_id and c.consumed_day = $1::date and c.kind = 'negative'), $1::date) end
  from merchant_nets n
 where business_day = $1::date and (outcome in ('carry', 'hold') or outcome = 'pay' and held_rials > 0);
