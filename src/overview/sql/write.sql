-- A minute of one copy, as it stands: $1 minute, $2 copy, $3-$9 its lines, $10 purchases, $11 how long, $12 in which second
with lines as (
  insert into traffic_answers (grain, at, copy, kind, rc, said, answers, voucher_rials, card_rials, cash_rials)
  select 'minute', $1, $2, n.* from unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]) as n
  on conflict (grain, at, copy, kind, rc, said) do update set
    answers = excluded.answers, voucher_rials = excluded.voucher_rials, card_rials = excluded.card_rials, cash_rials = excluded.cash_rials
)
insert into traffic_times (grain, at, copy, purchases, took, seconds)
values ('minute', $1, $2, $10, $11::bigint[], $12::int[])
on conflict (grain, at, copy) do update set purchases = excluded.purchases, took = excluded.took, seconds = excluded.seconds
