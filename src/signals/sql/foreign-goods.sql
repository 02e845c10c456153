-- Lines that were judged 04, the guild may not sell it (wire.md 5), in purchases of any outcome: the shop tried.
with lines as (
  select t.merchant_id, t.transaction_id, t.rrn, t.at, t.voucher_rials, count(*) as lines,
         count(*) filter (where substr(t.verdicts, 14 * n - 13, 2) = '04') as foreigners
    from transactions t
   cross join lateral generate_series(1, length(t.verdicts) / 14) as n
   where t.business_day = $1::date and t.kind = 'purchase' and t.state <> 'held' and t.verdicts is not null
   group by 1, 2, 3, 4, 5)
select merchant_id, count(*) filter (where foreigners > 0)::int as purchases,
       coalesce(sum(voucher_rials) filter (where foreigners > 0), 0)::bigint as rials,
       jsonb_build_object('lines', sum(lines), 'foreign', sum(foreigners), 'sharePercent', (100 * sum(foreigners) / sum(lines))::int) as figures,
       (array_agg(rrn order by at, transaction_id) filter (where foreigners > 0))[:200] as rrns
  from lines
 group by merchant_id
having sum(foreigners) >= ($2::jsonb ->> 'lines')::int and 100 * sum(foreigners) >= ($2::jsonb ->> 'sharePercent')::int * sum(lines)
