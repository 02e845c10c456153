-- Fees by payee (docs/decisions/0095): what each shop's fees of a day are, by the table's row and whose they are, frozen with its net; a
-- posting for each. Fees in card parts too: they are no part of a net, as the shop never had them.
create table net_fees (
  merchant_id  text   not null,
  business_day date   not null,
  fee          text   not null, -- of fee_tables; card-part:<programme> of card_parts
  valid_from   date   not null, -- of its row
  payee        text   not null,
  account      text   not null,
  purchases    bigint not null, -- of fees in the net: less those that were undone
  fee_rials    bigint not null, -- negative: more came back than was taken
  in_net       boolean not null,
  primary key (merchant_id, business_day, fee, valid_from)
);
create index net_fees_day on net_fees using brin (business_day);

alter table settlement_postings
  add column fee           text,
  add column fee_from      date,
  add column payee         text,
  add column payee_account text,
  drop constraint settlement_postings_kind_check,
  add constraint settlement_postings_kind_check
    check (kind in ('order', 'fee', 'card-fee', 'remainder', 'paid', 'returned', 'break', 'held')),
  drop constraint settlement_postings_debit_check,
  add constraint settlement_postings_debit_check
    check (debit in ('payable', 'clearing', 'bank', 'fees', 'suspense', 'card', 'remainders')),
  drop constraint settlement_postings_credit_check,
  add constraint settlement_postings_credit_check
    check (credit in ('payable', 'clearing', 'bank', 'fees', 'suspense', 'card', 'remainders')),
  add constraint fee_of_a_row check (num_nonnulls(fee, fee_from, payee, payee_account) in (0, 4));

-- What of a net is below one step of the unit in which the books keep, from the day on which they convert (docs/decisions/0095): into the
-- shop's own account `remainders`, out of it again (negative) once it makes a step.
alter table merchant_nets add column remainder_rials bigint not null default 0;

-- Of each purchase of a day by the fee tables, less what its reversals undid (0827), by the row of the table.
drop function fee_lines(date, int, int);
create function fee_lines(day date, shard int, shards int)
returns table (merchant_id text, fee text, valid_from date, payee text, account text, purchases bigint, fee_rials numeric) language plpgsql stable as $$
#variable_conflict use_column
begin
  if not exists (select 1 from fee_tables f where f.valid_from <= day) then return; end if;
  return query
  with bought as (
    select p.merchant_id, p.household_id, p.transaction_id, day as posted_on, 1 as sign, sum(p.merchant_payable) as voucher,
           sum(p.merchant_card + p.fees) as card, sum(p.merchant_cash) as cash
      from postings p
     where p.business_day = day and p.kind = 'purchase' and p.merchant_id is not null
       and (shards = 1 or mod(abs(hashtext(p.merchant_id)::bigint), shards) = shard)
     group by 1, 2, 3
  ), undone as (
    select r.merchant_id, x.household_id, x.transaction_id, min(x.business_day) as posted_on, -1 as sign, sum(x.merchant_payable) as voucher,
           sum(x.merchant_card + x.fees) as card, sum(x.merchant_cash) as cash
      from reversals_undoing(day) r
      join postings x on x.household_id = r.household_id and x.transaction_id = r.transaction_id and x.kind = 'purchase'
                     and x.business_day between r.began and r.began + 3
     where shards = 1 or mod(abs(hashtext(r.merchant_id)::bigint), shards) = shard
     group by 1, 2, 3
  )
  select a.merchant_id, f.fee, f.valid_from, f.payee, f.account, sum(a.sign)::bigint,
         sum(a.sign * fee_of(f.bands, fee_base(f.base, a.voucher, a.card, a.cash)))
    from (select * from bought union all select * from undone) a
   cross join lateral fee_tables_on(a.posted_on) f
   where guild_on(a.merchant_id, a.posted_on) <> all (f.exempt)
   group by 1, 2, 3, 4, 5;
end $$;

-- Fees in card parts, by the row by which each was taken: what the day's purchases paid, less what came back of any.
create function card_fee_lines(day date, shard int, shards int)
returns table (merchant_id text, fee text, valid_from date, payee text, account text, purchases bigint, fee_rials numeric) language plpgsql stable as $$
#variable_conflict use_column
begin
  if not exists (select 1 from card_part_fees) then return; end if;
  return query
  select p.merchant_id, 'card-part:' || f.programme_id, f.valid_from, c.payee, c.account,
         count(*) filter (where p.kind = 'purchase'), sum(p.fees)
    from (select household_id, transaction_id, merchant_id, min(kind) as kind, sum(fees) as fees from postings
           where business_day = day and fees <> 0 and merchant_id is not null
             and (shards = 1 or mod(abs(hashtext(merchant_id)::bigint), shards) = shard) group by 1, 2, 3) p
    -- what came back names its purchase, or a return of it
    left join lateral (select r.original_id, r.original_day from transactions r
                        where p.kind <> 'purchase' and r.household_id = p.household_id and r.transaction_id = p.transaction_id
                          and r.business_day between day - 3 and day order by r.business_day desc limit 1) r on true
    left join lateral (select o.original_id from transactions o where o.household_id = p.household_id and o.transaction_id = r.original_id
                          and o.business_day = r.original_day and o.kind = 'return') o on true
    join card_part_fees f on f.household_id = p.household_id and f.transaction_id = coalesce(o.original_id, r.original_id, p.transaction_id)
    join card_parts c on c.programme_id = f.programme_id and c.valid_from = f.valid_from
   group by 1, 2, 3, 4, 5;
end $$;
