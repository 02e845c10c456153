-- What the nets of a business day came to in all (docs/decisions/0112). They change no more once orders are made of them: the sums are kept in the
-- same transaction, so that whoever opens the day does not add up a hundred thousand shops again. Days of before are added up when they are read.
create table net_totals (
  business_day     date   primary key,
  merchants        int    not null,
  purchases        int    not null,
  purchase_rials   bigint not null,
  returns          int    not null,
  return_rials     bigint not null,
  reversals        int    not null,
  reversal_rials   bigint not null,
  fee_rials        bigint not null,
  carried_rials    bigint not null,
  net_rials        bigint not null,
  pay_shops        int    not null,
  carry_shops      int    not null,
  hold_shops       int    not null,
  zero_shops       int    not null,
  check (net_rials = purchase_rials - return_rials - reversal_rials - fee_rials + carried_rials),
  check (merchants >= pay_shops + carry_shops + hold_shops + zero_shops)
);

create function net_sums(day date) returns net_totals language sql stable as $$
  select day, count(*)::int, coalesce(sum(purchases), 0)::int, coalesce(sum(purchase_rials), 0)::bigint,
         coalesce(sum(returns), 0)::int, coalesce(sum(return_rials), 0)::bigint, coalesce(sum(reversals), 0)::int, coalesce(sum(reversal_rials), 0)::bigint,
         coalesce(sum(fee_rials), 0)::bigint, coalesce(sum(carried_rials), 0)::bigint, coalesce(sum(net_rials), 0)::bigint,
         count(*) filter (where outcome = 'pay')::int, count(*) filter (where outcome = 'carry')::int,
         count(*) filter (where outcome = 'hold')::int, count(*) filter (where outcome = 'zero')::int
    from merchant_nets where business_day = day
$$;
