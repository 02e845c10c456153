-- Where a file and our books differ. $1 file, $2 PSP, $3 settlement date, $4 late days, $5 raised at.
with lines as (
  select * from acquirer_lines where file_id = $1
), matched as (
  select l.*, o.voucher_rials as our_voucher, o.card_rials as our_card, o.kind as our_kind, sheba_on(m.merchant_id, m.sheba, o.business_day) as our_sheba,
         o.merchant_id as our_merchant
    from lines l
    join settlement_legs o on o.household_id = l.household_id and o.transaction_id = l.transaction_id and o.business_day = l.business_day
    left join merchants m on m.merchant_id = o.merchant_id
), alone as (
  -- A line without its transaction: told before, told of another amount or end, or not known here at all.
  select l.*, d.first_line, o.transaction_id as near_id, o.household_id as near_household, o.business_day as near_day,
         o.total_rials as near_total, o.voucher_rials as near_voucher, o.leg as near_leg
    from lines l
    left join lateral (
      select f.line as first_line from acquirer_lines f
       where f.rrn = l.rrn and f.terminal_id = l.terminal_id and f.kind = l.kind and f.total_rials = l.total_rials
         and (f.file_id, f.line) < (l.file_id, l.line) limit 1) as d on true
    left join lateral (
      select * from staged_near s where s.line = l.line order by (s.leg = l.kind) desc, s.transaction_id limit 1) as o on true
   where l.transaction_id is null and l.kind in ('SALE', 'REV') and (l.rc in ('00', '10') or o.transaction_id is not null)
), found as (
  select 'DUPLICATE' as class, line, voucher_rials as rials, merchant_id, terminal_id, rrn, near_household as household_id,
         near_id as transaction_id, near_day as business_day, 'the same ' || kind || ' was told before' as detail
    from alone where first_line is not null
  union all
  select case when near_id is null then 'ONLY_ACQUIRER'
              when rc not in ('00', '10') then 'STATUS_DIFF'
              when near_leg = kind then 'AMOUNT_DIFF' else 'STATUS_DIFF' end,
         line, case when near_leg = kind and rc in ('00', '10') then abs(near_voucher - voucher_rials) else voucher_rials end,
         merchant_id, terminal_id, rrn, near_household, near_id, near_day,
         case when near_id is null then kind || ' is unknown here'
              when rc not in ('00', '10') then 'refused there (' || rc || '), approved here'
              when near_leg = kind then 'total ' || total_rials || ' there, ' || near_total || ' here'
              when kind = 'REV' then 'taken back there, approved here' else 'sold there, taken back here' end
    from alone where first_line is null
  union all
  select 'ONLY_ACQUIRER', line, voucher_rials, merchant_id, terminal_id, rrn, null, null, null, kind || ' of the acquirer'
    from lines where kind in ('ADJ', 'CHB')
  union all
  select 'STATUS_DIFF', line, our_voucher, our_merchant, terminal_id, rrn, household_id, transaction_id, business_day,
         'refused there (' || rc || '), approved here'
    from matched where rc not in ('00', '10')
  union all
  select 'AMOUNT_DIFF', line, abs(our_voucher - voucher_rials), our_merchant, terminal_id, rrn, household_id, transaction_id,
         business_day, 'voucher ' || voucher_rials || ' and card ' || card_rials || ' there, ' || our_voucher || ' and ' || our_card || ' here'
    from matched where rc in ('00', '10') and -- a line can be no nearer than one step of its unit
                          (abs(voucher_rials - our_voucher) >= step_rials or abs(card_rials - our_card) >= step_rials)
  union all
  select 'SHEBA_DIFF', line, voucher_rials, our_merchant, terminal_id, rrn, household_id, transaction_id, business_day,
         'Sheba ' || sheba || ' there, ' || coalesce(our_sheba, 'none') || ' here'
    from matched where sheba <> '' and sheba is distinct from our_sheba
  union all
  select 'MERCHANT_DIFF', line, our_voucher, our_merchant, terminal_id, rrn, household_id, transaction_id, business_day,
         'merchant ' || merchant_id || ' there, ' || our_merchant || ' here'
    from matched where merchant_id <> '' and merchant_id <> our_merchant
  union all
  select 'LATE', line, voucher_rials, our_merchant, terminal_id, rrn, household_id, transaction_id, business_day,
         'of business day ' || business_day || ', told in the file of ' || $3
    from matched where business_day < $3::date - $4::int
)
insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, file_id, line,
                    household_id, transaction_id, source, raised_at, raised_by)
select class, $2, $3::date, business_day, merchant_id, terminal_id, rrn, rials, detail, $1, line, household_id, transaction_id,
       class || ' line ' || $1 || '/' || line, $5, $1
  from found
on conflict (source) do nothing
