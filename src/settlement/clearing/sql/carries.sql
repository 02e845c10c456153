-- What is not paid stays owed, in the open. $1 day.
insert into payable_carries (merchant_id, created_day, kind, rials, reason, source)
select merchant_id, $1::date,
       case when outcome = 'hold' then 'held' when net_rials < 0 then 'negative' else 'small' end,
       net_rials, reason, 'net ' || $1::date
  from merchant_nets
 where business_day = $1::date and outcome in ('carry', 'hold');
