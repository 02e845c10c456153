-- What takes a purchase back goes by the terms of the day on which it was made, whatever holds by now (decision 19): the fee that comes
-- back is the one that was taken, and a card part is taken from a shop only where it was paid to it.
create function terms_on(day date) returns setof settlement_terms language sql stable as $$
  select * from settlement_terms where valid_from <= day order by valid_from desc limit 1
$$;

-- The fixed fees of a shop's purchases that the day's reversals undid: those after which nothing of them was left, each once for ever.
drop function purchases_undone(date);
create function purchases_undone(day date) returns table (merchant_id text, fee_rials numeric) language sql stable as $$
  select p.merchant_id, sum(t.fee_fixed_rials)
    from postings p
    join transactions r on r.household_id = p.household_id and r.transaction_id = p.transaction_id and r.business_day = p.business_day
     and r.kind = 'reversal'
    join transactions o on o.household_id = r.household_id and o.transaction_id = r.original_id and o.business_day = r.original_day
     and o.kind = 'purchase'
   cross join lateral (
     -- the business day on which it was posted: it may have ended on a later day than it began
     select coalesce(min(x.business_day), o.business_day) as posted_on from postings x
      where x.household_id = o.household_id and x.transaction_id = o.transaction_id and x.kind = 'purchase'
        and x.business_day between o.business_day and o.business_day + 3) made
   cross join lateral terms_on(made.posted_on) t
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

-- Of returns, reversals and their reversals: what the terms of the purchase's day make other than those of the day. Of no row, and
-- without a look at the postings, where the terms are the same since the first business day.
create function terms_differences(day date, shard int, shards int)
returns table (merchant_id text, return_rials numeric, reversal_rials numeric, basis_points numeric) language sql stable as $$
  select p.merchant_id,
         sum(-p.merchant_card * (then_.settle_card_part::int - now_.settle_card_part::int))
           filter (where p.kind = 'return' or p.merchant_payable + p.merchant_card > 0),
         sum(-p.merchant_card * (then_.settle_card_part::int - now_.settle_card_part::int))
           filter (where p.kind <> 'return' and p.merchant_payable + p.merchant_card < 0),
         sum(-p.merchant_payable * (then_.fee_basis_points - now_.fee_basis_points))
           filter (where p.kind <> 'return' and p.merchant_payable + p.merchant_card < 0)
    from postings p
   cross join terms_on(day) now_
   cross join lateral (select r.* from transactions r
                        where r.household_id = p.household_id and r.transaction_id = p.transaction_id and r.business_day between day - 3 and day
                        order by r.business_day desc limit 1) r
    left join transactions o on o.household_id = r.household_id and o.transaction_id = r.original_id and o.business_day = r.original_day
   -- of the reversal of a return: the purchase behind it
   cross join lateral (select case when o.kind = 'return' then o.original_id else r.original_id end as id,
                              coalesce(case when o.kind = 'return' then o.original_day else r.original_day end, day) as began) b
   cross join lateral (select coalesce(min(x.business_day), b.began) as posted_on from postings x
                        where x.household_id = p.household_id and x.transaction_id = b.id and x.kind = 'purchase'
        and x.business_day between o.business_day and o.business_day + 3) made
   cross join lateral terms_on(made.posted_on) then_
   where p.business_day = day and p.kind in ('return', 'reversal') and p.merchant_id is not null
     and (shards = 1 or mod(abs(hashtext(p.merchant_id)::bigint), shards) = shard)
     and (select exists (select 1 from settlement_terms s
                          where s.valid_from <= day and s.valid_from > (select min(business_day) from business_days)))
     and (then_.settle_card_part, then_.fee_basis_points) is distinct from (now_.settle_card_part, now_.fee_basis_points)
   group by 1
$$;

-- Each shop's day, in one pass over its postings: what moved, the fee, how many postings it was made of and their digest, whatever their
-- order. A reversed return gives the shop its rials again and is no purchase; the first line is there once a transaction, however many
-- buckets it drew on. The card part counts only where the programme settles it. Fixed fee: once a purchase, given back when reversals
-- leave nothing of it. Basis points: of the voucher part of purchases less what reversals took back. Returns change neither
-- (decision 19). Netting, audit and release all read this.
drop function settlement_day(date, int, int);
create function settlement_day(day date, shard int, shards int)
returns table (merchant_id text, purchases bigint, purchase_rials numeric, returns bigint, return_rials numeric, reversals bigint,
               reversal_rials numeric, fee_rials numeric, postings bigint, digest numeric) language sql stable as $$
  select m.merchant_id, m.purchases,
         m.purchase_voucher + case when t.settle_card_part then m.purchase_card else 0 end,
         m.returns, m.return_voucher + case when t.settle_card_part then m.return_card else 0 end + coalesce(d.return_rials, 0),
         m.reversals, m.reversal_voucher + case when t.settle_card_part then m.reversal_card else 0 end + coalesce(d.reversal_rials, 0),
         m.purchases * t.fee_fixed_rials - coalesce(u.fee_rials, 0)
           + div((m.purchase_voucher - m.reversal_voucher) * t.fee_basis_points - coalesce(d.basis_points, 0), 10000),
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
   cross join terms_on(day) t
    left join purchases_undone(day) u on u.merchant_id = m.merchant_id
    left join terms_differences(day, shard, shards) d on d.merchant_id = m.merchant_id
$$;
