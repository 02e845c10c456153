-- What only we have, once the acquirer had its time. $1 PSP, $2 settlement date, $3 tolerance days, $4 first business day that
-- counts, $5 raised at, $6 the file in whose taking they are.
with ours as (
  select o.*, exists (select 1 from acquirer_lines a
                       where a.household_id = o.household_id and a.transaction_id = o.transaction_id) as told
    from settlement_legs o
    left join terminals t on t.terminal_id = o.terminal_id
   where o.business_day between $4::date and $2::date - $3::int
     and coalesce((select a.profiles = '{*}' or t.profile = any (a.profiles) from acquirers a
                    where a.psp = $1 and a.valid_from <= o.business_day order by a.valid_from desc limit 1), true)
), found as (
  select 'ONLY_US' as class, o.*, o.kind || ' that the acquirer does not tell' as detail
    from ours o
   where not told and (state = 'approved' and kind in ('purchase', 'return'))
  union all
  -- Half of a purchase that was taken back: one side sees it, the other not.
  select 'STATUS_DIFF', r.*, 'sold there, taken back here'
    from ours r
   where r.kind = 'reversal' and not r.told
     and exists (select 1 from acquirer_lines a
                  where a.household_id = r.household_id and a.transaction_id = r.original_id)
  union all
  select 'STATUS_DIFF', p.*, 'taken back there, its sale is not told'
    from ours p
   where p.kind = 'purchase' and p.state = 'reversed' and not p.told
     and exists (select 1 from ours r where r.kind = 'reversal' and r.told and r.original_id = p.transaction_id
                    and r.household_id = p.household_id)
)
insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, household_id,
                    transaction_id, source, raised_at, raised_by)
select class, $1, $2::date, business_day, merchant_id, terminal_id, rrn, voucher_rials, detail, household_id, transaction_id,
       class || ' ours ' || household_id || '/' || transaction_id, $5, $6
  from found f
 where not exists (select 1 from breaks b where b.household_id = f.household_id and b.transaction_id = f.transaction_id)
on conflict (source) do nothing
