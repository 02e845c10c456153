-- What a purchase has given back is a function of what happened to it: its price (DE 95), its reversal, and the returns on it that
-- stand (docs/decisions/0014). Null, which costs a purchase nothing, where none of it happened.
alter table transactions
  add column price_rials    bigint check (price_rials > 0),  -- of a purchase or return: the least corrected total
  add column returned_rials bigint[],                        -- of a purchase: voucher, card and cash of the returns that stand
  add column pending_rials  bigint check (pending_rials > 0),-- of these, what the bank is still asked about
  add column more_ids       bigint[],                        -- credit of other buckets that a reversed return took again
  add column more_rials     bigint[],
  -- of a return's or reversal's voucher rials, what moved no credit (credit_shortages)
  add column short_rials    bigint check (short_rials between 0 and voucher_rials);

-- What stands already. Corrections alone are a price; what mixes them with returns stays as it was given back.
with back as (
  select o.household_id, o.transaction_id, o.business_day, bool_or(r.kind = 'return') as returned,
         coalesce(sum(r.total_rials) filter (where r.kind = 'return' and r.state = 'held'), 0) as pending
    from transactions o
    join transactions r on r.household_id = o.household_id and r.original_id = o.transaction_id and r.original_day = o.business_day
   where o.kind in ('purchase', 'forward') and o.state = 'approved' and r.kind in ('return', 'reversal')
     and o.given_voucher + o.given_card + o.given_cash > 0
   group by 1, 2, 3
)
update transactions t
   set returned_rials = case when b.returned then array[given_voucher, given_card, given_cash] end,
       price_rials = case when not b.returned
                       then nullif(voucher_rials + card_rials + cash_rials - given_voucher - given_card - given_cash, 0) end,
       pending_rials = nullif(b.pending, 0)
  from back b
 where t.household_id = b.household_id and t.transaction_id = b.transaction_id and t.business_day = b.business_day;

-- A return at the bank has given back nothing yet; and rations are counted by their purchase alone.
do $$
declare
  r transactions;
begin
  for r in select * from transactions where kind = 'return' and state = 'held' loop
    update transactions o
       set given_rials = array(
             select coalesce(g, 0) - coalesce((select sum(x.rials) from unnest(r.bucket_ids, r.take_rials) as x (id, rials) where x.id = b), 0)
               from unnest(o.bucket_ids, o.given_rials) with ordinality as u (b, g, n) order by n)
     where o.household_id = r.household_id and o.transaction_id = r.original_id and o.business_day = r.original_day;
  end loop;
end $$;
update transactions o set quantities = r.quantities
  from transactions r
 where r.kind = 'return' and r.quantities is not null and o.household_id = r.household_id and o.transaction_id = r.original_id
   and o.business_day = r.original_day and o.quantities is null;
update transactions set quantities = null where kind = 'return' and quantities is not null;

-- What a reversed return should have taken again and could not, since the household had spent it: the shop is not credited with it,
-- until the credit comes back or a person ends the break.
create table credit_shortages (
  household_id text   not null,
  reversal_id  bigint not null,
  reversal_day date   not null,
  purchase_id  bigint not null,
  purchase_day date   not null,
  rials        bigint not null check (rials > 0),
  break_id     bigint not null references breaks,
  primary key (household_id, reversal_id)
);

alter table breaks
  drop constraint breaks_class_check,
  add constraint breaks_class_check check (
    class in ('AMOUNT_DIFF', 'ONLY_US', 'ONLY_ACQUIRER', 'STATUS_DIFF', 'LATE', 'DUPLICATE', 'SHEBA_DIFF', 'CREDIT_SHORT'));

-- The ledger posts nothing to suspense any more. What it posted before has a break now, by which a person ends it.
create index postings_suspense on postings (merchant_id) where suspense <> 0;
insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, household_id, source, owner, raised_at)
select 'CREDIT_SHORT', '', p.business_day, p.business_day, p.merchant_id, t.terminal_id, t.rrn, -sum(p.suspense),
       'the reversal of a return credited the shop with credit that the household had spent: it stands in suspense', p.household_id,
       'suspense ' || p.household_id || '/' || p.transaction_id, 'settlement desk', now()
  from postings p join transactions t using (household_id, transaction_id)
 where p.suspense <> 0 and p.merchant_id is not null
 group by p.business_day, p.merchant_id, t.terminal_id, t.rrn, p.household_id, p.transaction_id
having sum(p.suspense) < 0;

-- Shops with more out of suspense than into it, but for what the desk has ended: they are not paid until a person has looked.
create view shops_below_suspense as
  select p.merchant_id, sum(p.suspense) as rials
    from postings p
   where p.suspense <> 0
     and not exists (select 1 from breaks b where b.source = 'suspense ' || p.household_id || '/' || p.transaction_id
                        and b.state = 'resolved')
   group by p.merchant_id
  having sum(p.suspense) < 0;
