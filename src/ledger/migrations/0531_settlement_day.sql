-- What a business day put on the shops' accounts, and the fees of it. A reversed return gives the shop its rials again and is no
-- purchase; `first_line` is there once a transaction, however many buckets it drew on.
create or replace view settlement_movements as
  select merchant_id, business_day, household_id, transaction_id,
         case when merchant_payable + merchant_card < 0 then case kind when 'return' then kind else 'reversal' end
              else case kind when 'purchase' then kind else 'return-reversal' end end as kind,
         abs(merchant_payable) as voucher_rials, abs(merchant_card) as card_rials, line = 1 as first_line
    from postings
   where merchant_id is not null and (merchant_payable <> 0 or merchant_card <> 0);

-- Which purchases of a shop the day's reversals undid: those after which nothing of them was left, each once for ever.
create function purchases_undone(day date) returns table (merchant_id text, times bigint) language sql stable as $$
  select p.merchant_id, count(*)
    from postings p
    join transactions r on r.household_id = p.household_id and r.transaction_id = p.transaction_id and r.business_day = p.business_day
     and r.kind = 'reversal'
    join transactions o on o.household_id = r.household_id and o.transaction_id = r.original_id and o.business_day = r.original_day
     and o.kind = 'purchase'
   cross join lateral (
     select min(e.id) filter (where e.reverses and e.left_rials = 0) as undone_by
       from (select e.id, e.reverses, o.total_rials - sum(e.rials) over (order by e.id) as left_rials
               from (select x.transaction_id as id, x.kind = 'reversal' as reverses, x.total_rials as rials
                       from transactions x
                      where x.household_id = o.household_id and x.original_id = o.transaction_id and x.original_day = o.business_day
                        and x.kind in ('return', 'reversal') and x.state in ('approved', 'reversed')
                        and x.business_day between o.business_day and day
                     union all
                     select y.transaction_id, false, -y.total_rials
                       from transactions x
                       join transactions y on y.household_id = x.household_id and y.original_id = x.transaction_id
                        and y.original_day = x.business_day and y.kind = 'reversal' and y.business_day between o.business_day and day
                      where x.household_id = o.household_id and x.original_id = o.transaction_id and x.original_day = o.business_day
                        and x.kind = 'return' and x.business_day between o.business_day and day) e) e) u
   where p.business_day = day and p.kind = 'reversal' and p.line = 1 and p.merchant_id is not null
     and u.undone_by = r.transaction_id
   group by 1
$$;

-- Each shop's day: what moved and the fee, by the terms of the day. The card part counts only where the programme settles it.
-- Fixed fee: once a purchase, given back when reversals leave nothing of it. Basis points: of the voucher part of purchases less what
-- reversals took back. Returns change neither (decision 19). Netting and audit both read this.
create function settlement_day(day date, shard int, shards int)
returns table (merchant_id text, purchases bigint, purchase_rials numeric, returns bigint, return_rials numeric, reversals bigint,
               reversal_rials numeric, fee_rials numeric) language sql stable as $$
  select m.merchant_id, m.purchases,
         m.purchase_voucher + case when t.settle_card_part then m.purchase_card else 0 end,
         m.returns, m.return_voucher + case when t.settle_card_part then m.return_card else 0 end,
         m.reversals, m.reversal_voucher + case when t.settle_card_part then m.reversal_card else 0 end,
         (m.purchases - coalesce(u.times, 0)) * t.fee_fixed_rials
           + div((m.purchase_voucher - m.reversal_voucher) * t.fee_basis_points, 10000)
    from (select s.merchant_id,
                 count(*) filter (where s.kind = 'purchase' and s.first_line) as purchases,
                 coalesce(sum(s.voucher_rials) filter (where s.kind = 'purchase'), 0) as purchase_voucher,
                 coalesce(sum(s.card_rials) filter (where s.kind = 'purchase'), 0) as purchase_card,
                 count(*) filter (where s.kind = 'return' and s.first_line) as returns,
                 coalesce(sum(s.voucher_rials) filter (where s.kind = 'return'), 0)
                   - coalesce(sum(s.voucher_rials) filter (where s.kind = 'return-reversal'), 0) as return_voucher,
                 coalesce(sum(s.card_rials) filter (where s.kind = 'return'), 0)
                   - coalesce(sum(s.card_rials) filter (where s.kind = 'return-reversal'), 0) as return_card,
                 count(*) filter (where s.kind = 'reversal' and s.first_line) as reversals,
                 coalesce(sum(s.voucher_rials) filter (where s.kind = 'reversal'), 0) as reversal_voucher,
                 coalesce(sum(s.card_rials) filter (where s.kind = 'reversal'), 0) as reversal_card
            from settlement_movements s
           where s.business_day = day and mod(abs(hashtext(s.merchant_id)::bigint), shards) = shard
           group by s.merchant_id) m
   cross join (select * from settlement_terms where valid_from <= day order by valid_from desc limit 1) t
    left join purchases_undone(day) u on u.merchant_id = m.merchant_id
$$;
