-- What is not explained holds the shops that it is about, and no others (docs/decisions/0039). So what a net was made of is kept
-- shop by shop, and a shop's open question is a break with an owner, which two people end.
alter table merchant_nets add column postings int, add column digest numeric;

alter table breaks drop constraint breaks_class_check;
alter table breaks add constraint breaks_class_check check (class in (
  'AMOUNT_DIFF', 'ONLY_US', 'ONLY_ACQUIRER', 'STATUS_DIFF', 'LATE', 'DUPLICATE', 'SHEBA_DIFF', 'CREDIT_SHORT', 'MERCHANT_DIFF',
  'UNEXPLAINED'));
alter table breaks add column findings text[];            -- of UNEXPLAINED: what was found, each as the audit says it
alter table breaks add constraint findings_of_an_audit check ((class = 'UNEXPLAINED') = (findings is not null));
create index breaks_unexplained on breaks (merchant_id) where class = 'UNEXPLAINED';

-- Of a shop's day one credit and one debit end whatever was found.
create or replace function break_subject(b breaks) returns text language sql immutable as $$
  select case when (b).class = 'CREDIT_SHORT' then null
              when (b).class = 'UNEXPLAINED' then 'unexplained ' || (b).merchant_id || '/' || (b).business_day
              when (b).transaction_id is not null then 'transaction ' || (b).household_id || '/' || (b).transaction_id
              when (b).file_id is not null then 'line ' || (b).file_id || '/' || (b).line end
$$;

create view shops_unexplained as
  select merchant_id, min(break_id) as break_id from breaks where class = 'UNEXPLAINED' and state <> 'resolved' group by merchant_id;

-- Each shop's day, in one pass over its postings: what moved, the fee by the terms of the day, how many postings it was made of and
-- their digest, whatever their order. A reversed return gives the shop its rials again and is no purchase; the first line is there
-- once a transaction, however many buckets it drew on. The card part counts only where the programme settles it. Fixed fee: once a
-- purchase, given back when reversals leave nothing of it. Basis points: of the voucher part of purchases less what reversals took
-- back. Returns change neither (decision 19). Netting, audit and release all read this.
drop function settlement_day(date, int, int);
create function settlement_day(day date, shard int, shards int)
returns table (merchant_id text, purchases bigint, purchase_rials numeric, returns bigint, return_rials numeric, reversals bigint,
               reversal_rials numeric, fee_rials numeric, postings bigint, digest numeric) language sql stable as $$
  select m.merchant_id, m.purchases,
         m.purchase_voucher + case when t.settle_card_part then m.purchase_card else 0 end,
         m.returns, m.return_voucher + case when t.settle_card_part then m.return_card else 0 end,
         m.reversals, m.reversal_voucher + case when t.settle_card_part then m.reversal_card else 0 end,
         (m.purchases - coalesce(u.times, 0)) * t.fee_fixed_rials
           + div((m.purchase_voucher - m.reversal_voucher) * t.fee_basis_points, 10000),
         m.postings, m.digest
    from (select s.merchant_id,
                 count(*) filter (where s.what = 'purchase' and s.line = 1) as purchases,
                 coalesce(sum(s.merchant_payable) filter (where s.what = 'purchase'), 0) as purchase_voucher,
                 coalesce(sum(s.merchant_card) filter (where s.what = 'purchase'), 0) as purchase_card,
                 count(*) filter (where s.what = 'return' and s.line = 1) as returns,
                 -coalesce(sum(s.merchant_payable) filter (where s.what in ('return', 'return-reversal')), 0) as return_voucher,
                 -coalesce(sum(s.merchant_card) filter (where s.what in ('return', 'return-reversal')), 0) as return_card,
                 count(*) filter (where s.what = 'reversal' and s.line = 1) as reversals,
                 -coalesce(sum(s.merchant_payable) filter (where s.what = 'reversal'), 0) as reversal_voucher,
                 -coalesce(sum(s.merchant_card) filter (where s.what = 'reversal'), 0) as reversal_card,
                 count(*) as postings, sum(s.hash) as digest
            from (select p.merchant_id, p.line, p.merchant_payable, p.merchant_card, posting_hash(p) as hash,
                         case when p.merchant_payable = 0 and p.merchant_card = 0 then null
                              when p.merchant_payable + p.merchant_card < 0 then case p.kind when 'return' then p.kind else 'reversal' end
                              else case p.kind when 'purchase' then p.kind else 'return-reversal' end end as what
                    from postings p
                   where p.business_day = day and p.merchant_id is not null
                     and (shards = 1 or mod(abs(hashtext(p.merchant_id)::bigint), shards) = shard)) s
           group by s.merchant_id) m
   cross join (select * from settlement_terms where valid_from <= day order by valid_from desc limit 1) t
    left join purchases_undone(day) u on u.merchant_id = m.merchant_id
$$;
drop function journal_digest(date, int, int);
