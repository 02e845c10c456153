import type pg from 'pg';
import { DECISIONS } from '../ops/function-set.ts';
import { transaction } from '../ops/database.ts';

/** What must never be found. Each query names its offenders, so that a person can look at one. */
const CHECKS: Readonly<Record<string, string>> = {
  // abs: a planner that trusts the constraint would look at nothing.
  'journal rows whose legs do not sum to zero': `
    select format('transaction %s of household %s, line %s', transaction_id, household_id, line) from postings
     where abs(programme_fund + household_voucher + merchant_payable + card_clearing + merchant_card + cash_note + merchant_cash + fees + suspense) <> 0`,
  // One posting a bucket: an allocation from a file and one of the charge calendar are the same to the journal. In one pass: it reads all of the books.
  'buckets that differ from their journal: allocated once beside what was carried over, then - captures + returns - expiries': `
    select format('bucket %s of household %s: %s', bucket_id, household_id, case
             when b.amount_rials - b.carried_rials <> coalesce(p.allocated, 0) or coalesce(p.times, 0) <> 1 and not (coalesce(p.times, 0) = 0 and p.moved)
             then format('%s allocations of %s rials, %s are in it', coalesce(p.times, 0), coalesce(p.allocated, 0), b.amount_rials - b.carried_rials)
             else format('%s rials are open, %s by its postings', coalesce(b.amount_rials - b.spent_rials - b.expired_rials, 0), coalesce(p.open, 0)) end)
      from buckets b
      full join (select household_id, bucket_id, sum(household_voucher) as open, bool_or(kind = 'transfer') as moved,
                        sum(household_voucher) filter (where kind = 'allocation') as allocated, count(*) filter (where kind = 'allocation') as times
                   from postings where bucket_id is not null group by 1, 2) p using (household_id, bucket_id)
     where coalesce(b.amount_rials - b.spent_rials - b.expired_rials, 0) <> coalesce(p.open, 0)
        or b.amount_rials - b.carried_rials <> coalesce(p.allocated, 0)
        or b.bucket_id is not null and coalesce(p.times, 0) <> 1 and not (coalesce(p.times, 0) = 0 and p.moved)`,
  'buckets whose held credit is not what open transactions and quotes hold': `
    select format('bucket %s of household %s', bucket_id, household_id) from buckets b
      full join (
        select household_id, bucket_id, sum(rials) as rials from (
          select t.household_id, x.id as bucket_id, x.rials from transactions t
           cross join unnest(t.bucket_ids, t.take_rials) as x (id, rials) where state = 'held' and kind = 'purchase'
          union all
          select q.household_id, x.id, x.rials from quotes q
           cross join unnest(q.bucket_ids, q.take_rials) as x (id, rials) where state = 'held') takes
        group by 1, 2) h using (household_id, bucket_id)
     where coalesce(b.held_rials, 0) <> coalesce(h.rials, 0)`,
  'buckets with credit below zero': `
    select format('bucket %s of household %s', bucket_id, household_id) from buckets where amount_rials - spent_rials - held_rials - expired_rials < 0`,
  'buckets of nobody': `
    select format('bucket %s of household %s', b.bucket_id, b.household_id) from buckets b
     where not exists (select 1 from households h where h.household_id = b.household_id)
        or not exists (select 1 from programmes p where p.programme_id = b.programme_id)`,
  // What a conversion of the books set apart (docs/decisions/0088).
  'buckets of which no part of one step stands in remainders': `
    select format('bucket %s of household %s', bucket_id, household_id) from postings where kind = 'conversion'
     group by household_id, bucket_id
    having sum(programme_fund) < 0 or sum(programme_fund) >= (select coalesce(max(book_step(valid_from)), 1) from book_units)`,
  'transfers between households of which one side is missing': `
    select format('transaction %s', transaction_id) from postings where kind = 'transfer' group by transaction_id having sum(household_voucher) <> 0`,
  'held quotes whose credit is not the sum of what they took': `
    select format('quote %s of household %s', quote_ref, household_id) from quotes q
     where state = 'held' and voucher_rials <> (select coalesce(sum(r), 0) from unnest(take_rials) r)`,
  'approved purchases without exactly their capture': `
    select format('transaction %s of household %s', t.transaction_id, t.household_id) from transactions t
      left join (select household_id, transaction_id, sum(merchant_payable) as voucher,
                        sum(merchant_card + fees) as card, sum(merchant_cash) as cash, sum(fees) as fee
                   from postings where kind = 'purchase' group by 1, 2) p using (household_id, transaction_id)
     where t.kind = 'purchase' and t.state in ('approved', 'reversed')
       and (t.voucher_rials, t.card_rials, t.cash_rials, t.fee_rials)
           is distinct from (coalesce(p.voucher, 0), coalesce(p.card, 0), coalesce(p.cash, 0), coalesce(p.fee, 0))`,
  // A fee by a row of `card_parts` is what that row says, and the payee's whose row it is (docs/decisions/0094).
  'purchases whose fee is not what the row of its card part says': `
    select format('transaction %s of household %s', t.transaction_id, t.household_id) from card_part_fees f
      join transactions t using (household_id, transaction_id, business_day)
      join card_parts p on p.programme_id = f.programme_id and p.valid_from = f.valid_from
     where t.state in ('approved', 'reversed')
       and (p.kind <> 'fee' or t.fee_rials <> least(t.card_rials, card_part_rials(p.rials, p.per_million, p.from_rials, p.most_rials, t.total_rials)))`,
  'purchases whose card part is not what its row says, or whose fee names none': `
    select distinct format('transaction %s of household %s', t.transaction_id, t.household_id) from card_parts first_part
      join transactions t on t.business_day >= first_part.valid_from - 1 and t.kind = 'purchase' and t.state in ('approved', 'reversed')
                         and t.voucher_rials > 0 and t.card_rials > 0
     cross join lateral (select (to_timestamp(t.at / 1000) at time zone 'Asia/Tehran')::date as day,
                                (to_timestamp((t.at - 120000) / 1000) at time zone 'Asia/Tehran')::date as quoted) d
     cross join lateral (select count(distinct b.programme_id) as programmes, count(distinct p.programme_id) as parts,
                                max(p.rials) as least, bool_or(p.kind = 'fee' and p.rials > 0) as has_fee
                           from buckets b
                           left join lateral (select programme_id, kind, card_part_rials(rials, per_million, from_rials, most_rials, t.total_rials) as rials
                                                from card_parts c where c.programme_id = b.programme_id and c.valid_from <= d.day
                                               order by c.valid_from desc limit 1) p on true
                          where b.household_id = t.household_id and b.bucket_id = any (t.bucket_ids)) r
     where first_part.valid_from = (select min(valid_from) from card_parts) and d.day = d.quoted
       and not exists (select 1 from authority_orders a where a.household_id = t.household_id and a.transaction_id = t.transaction_id)
       and (t.card_rials < r.least
            or r.has_fee and r.programmes = 1 and not exists (select 1 from card_part_fees f where f.household_id = t.household_id and f.transaction_id = t.transaction_id))`,
  'reversed purchases that did not give back their fee': `
    select format('transaction %s of household %s', t.transaction_id, t.household_id) from transactions t
     where t.kind = 'purchase' and t.state = 'reversed' and t.fee_rials > 0 and t.fee_rials <> (
           select coalesce(sum(r.fee_rials - case r.kind when 'return' then again.fee_rials else 0 end), 0) from transactions r
            cross join lateral (select coalesce(sum(a.fee_rials), 0) as fee_rials from transactions a
                                 where a.household_id = r.household_id and a.original_id = r.transaction_id and a.kind = 'reversal') again
            where r.household_id = t.household_id and r.original_id = t.transaction_id and r.kind in ('return', 'reversal')
              and r.state <> 'declined')`,
  'captures without an approved purchase': `
    select format('transaction %s of household %s', p.transaction_id, p.household_id)
      from (select distinct household_id, transaction_id from postings where kind = 'purchase') p
      left join transactions t using (household_id, transaction_id)
     where t.transaction_id is null or t.kind <> 'purchase' or t.state not in ('approved', 'reversed')`,
  'purchases that gave back other than their returns and reversals': `
    select format('transaction %s of household %s', t.transaction_id, t.household_id) from transactions t
      left join (select r.household_id, r.original_id, sum(r.voucher_rials - coalesce(again.voucher_rials, 0)) as voucher,
                        sum(r.card_rials - coalesce(again.card_rials, 0)) as card,
                        sum(r.cash_rials - coalesce(again.cash_rials, 0)) as cash
                   from transactions r
                   left join lateral (
                     select sum(voucher_rials) as voucher_rials, sum(card_rials) as card_rials, sum(cash_rials) as cash_rials
                       from transactions a where r.kind = 'return' and a.kind = 'reversal'
                        and a.household_id = r.household_id and a.original_id = r.transaction_id) again on true
                  where r.kind in ('return', 'reversal') and r.state <> 'declined' group by 1, 2) b
        on b.household_id = t.household_id and b.original_id = t.transaction_id
     where t.kind = 'purchase' and (t.given_voucher, t.given_card, t.given_cash)
                                is distinct from (coalesce(b.voucher, 0), coalesce(b.card, 0), coalesce(b.cash, 0))`,
  'purchases whose parts are not what was taken and given back, bucket by bucket': `
    select format('transaction %s of household %s', t.transaction_id, t.household_id) from transactions t
      left join (select household_id, purchase_id, sum(rials) as rials from credit_shortages group by 1, 2) s
        on s.household_id = t.household_id and s.purchase_id = t.transaction_id
      left join (select household_id, original_id, sum(voucher_rials) as rials from transactions
                  where kind = 'return' and state = 'held' group by 1, 2) p
        on p.household_id = t.household_id and p.original_id = t.transaction_id
     where t.kind = 'purchase' and (
           t.voucher_rials <> (select coalesce(sum(r), 0) from unnest(t.take_rials) r) and t.state <> 'declined'
        or t.voucher_rials - t.given_voucher <> (
             select coalesce(sum(r), 0) from unnest(t.take_rials || t.more_rials) r)
             - (select coalesce(sum(r), 0) from unnest(t.given_rials) r) + coalesce(s.rials, 0) - coalesce(p.rials, 0)
             and t.state <> 'declined'
        or t.state = 'reversed' and (t.given_voucher, t.given_card, t.given_cash)
                                    is distinct from (t.voucher_rials, t.card_rials, t.cash_rials))`,
  'returns and reversals whose postings are not what they gave back or took again': `
    select format('transaction %s of household %s', t.transaction_id, t.household_id) from transactions t
      join transactions o on o.household_id = t.household_id and o.transaction_id = t.original_id and o.business_day = t.original_day
      left join (select household_id, transaction_id, sum(merchant_payable) as voucher, sum(merchant_card + fees) as card,
                        sum(merchant_cash) as cash, sum(fees) as fee, sum(suspense) as suspense
                   from postings where kind in ('return', 'reversal') group by 1, 2) p
        on p.household_id = t.household_id and p.transaction_id = t.transaction_id
     where (t.kind = 'return' and t.state in ('approved', 'reversed') or t.kind = 'reversal' and o.kind <> 'forward')
       and coalesce(p.suspense, 0) = 0
       and (select array[(t.voucher_rials - coalesce(t.short_rials, 0)) * sign, t.card_rials * sign, t.cash_rials * sign, t.fee_rials * sign]
              from (select case when t.kind = 'reversal' and o.kind = 'return' then 1 else -1 end as sign) x)
           <> array[coalesce(p.voucher, 0), coalesce(p.card, 0), coalesce(p.cash, 0), coalesce(p.fee, 0)]::bigint[]`,
  'shortages of credit that no open break names': `
    select format('reversal %s of household %s', s.reversal_id, s.household_id) from credit_shortages s
      left join breaks b using (break_id)
     where b.break_id is null or b.state <> 'resolved' and b.rials <> s.rials`,
  'shops whose suspense is below zero': `select format('%s rials of merchant %s', rials, merchant_id) from shops_below_suspense`,
  // What is older than all that is kept was removed (keep/prune.ts).
  'rations that differ from what purchases and quotes took of them': `
    select format('category %s of household %s, programme %s, %s', category, household_id, programme_id, period)
      from entitlement_uses u
      full join (
        select household_id, r.programme as programme_id, r.period, r.key as category, sum(r.quantity) as quantity
          from (select household_id, quantities as q, case
                       when not quantities ? 'lines' then (state = 'held' or pending_rials is not null
                         or given_voucher + given_card + given_cash < voucher_rials + card_rials + cash_rials)::int
                       when state = 'held' then voucher_rials
                       else voucher_rials - given_voucher + case when pending_rials is null then 0 else (
                         select coalesce(sum(p.voucher_rials), 0) from transactions p
                          where p.household_id = t.household_id and p.original_id = t.transaction_id and p.kind = 'return' and p.state = 'held') end
                       end as rials
                  from transactions t where kind = 'purchase' and state in ('held', 'approved') and quantities is not null
                union all
                select household_id, quantities, voucher_rials from quotes where state = 'held' and quantities is not null) taken
         cross join lateral ${DECISIONS}.rations_of(q, rials::bigint) r
         group by 1, 2, 3, 4) taken using (household_id, programme_id, category, period)
      full join (
        select household_id, programme_id, period, category, sum(quantity) as quantity from moved_rations group by 1, 2, 3, 4) t using (household_id, programme_id, category, period)
     where coalesce(u.quantity, 0) <> coalesce(taken.quantity, 0) + coalesce(t.quantity, 0)
       and period >= (select coalesce(min(period), '') from entitlement_uses)`,
};

/** How many offenders of a check are named. */
const EXAMPLES = 3;

export interface LedgerFault {
  readonly check: string;
  readonly count: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

/** Recomputes the books from the journal, in one snapshot: reads only, so that it can run on a database at work.
 *  @returns the checks that found something, with how many; none: all is well */
export async function verifyLedger(pool: pg.Pool): Promise<LedgerFault[]> {
  const recompute = async (tx: pg.PoolClient) => {
    const faults: LedgerFault[] = [];
    for (const [check, sql] of Object.entries(CHECKS)) {
      const { rows } = await tx.query<{ count: string; examples: string[] | null }>(
        `select count(*), (array_agg(what order by what))[1:${EXAMPLES}] as examples from (${sql}) q (what)`,
      );
      const count = Number(rows[0]?.count ?? 0);
      if (count > 0) faults.push({ check, count, examples: rows[0]?.examples ?? [] });
    }
    return faults;
  };
  return transaction(pool, recompute, { mode: 'isolation level repeatable read read only' });
}
