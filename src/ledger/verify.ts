import type pg from 'pg';

/** What must never be found. Each query counts offences. */
const CHECKS: Readonly<Record<string, string>> = {
  'journal rows whose legs do not sum to zero': `
    select count(*) from (
      select 1 from journal group by household_id, transaction_id, line, business_day having sum(rials) <> 0) t`,
  'buckets that differ from their journal: allocations - captures + returns - expiries': `
    select count(*) from buckets b
      full join (select household_id, bucket_id, sum(household_voucher) as open_rials from postings
                  where bucket_id is not null group by 1, 2) j using (household_id, bucket_id)
     where coalesce(b.amount_rials - b.spent_rials - b.expired_rials, 0) <> coalesce(j.open_rials, 0)`,
  'buckets whose held credit is not what open transactions and quotes hold': `
    select count(*) from buckets b
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
    select count(*) from buckets where amount_rials - spent_rials - held_rials - expired_rials < 0`,
  'buckets of nobody': `
    select count(*) from buckets b
     where not exists (select 1 from households h where h.household_id = b.household_id)
        or not exists (select 1 from programmes p where p.programme_id = b.programme_id)`,
  // One posting a bucket: an allocation from a file and one of the charge calendar are the same to the journal.
  'buckets that were not allocated once, with what they hold beside what was carried over': `
    select count(*) from buckets b
      left join (select household_id, bucket_id, count(*) as times, sum(household_voucher) as rials from postings
                  where kind = 'allocation' group by 1, 2) p using (household_id, bucket_id)
     where coalesce(p.times, 0) <> 1 or b.amount_rials - b.carried_rials <> p.rials`,
  'held quotes whose credit is not the sum of what they took': `
    select count(*) from quotes q
     where state = 'held' and voucher_rials <> (select coalesce(sum(r), 0) from unnest(take_rials) r)`,
  'approved purchases without exactly their capture': `
    select count(*) from transactions t
      left join (select household_id, transaction_id, sum(merchant_payable) as voucher, sum(merchant_card) as card,
                        sum(merchant_cash) as cash
                   from postings where kind = 'purchase' group by 1, 2) p using (household_id, transaction_id)
     where t.kind = 'purchase' and t.state in ('approved', 'reversed')
       and (t.voucher_rials, t.card_rials, t.cash_rials)
           is distinct from (coalesce(p.voucher, 0), coalesce(p.card, 0), coalesce(p.cash, 0))`,
  'captures without an approved purchase': `
    select count(*) from (select distinct household_id, transaction_id from postings where kind = 'purchase') p
      left join transactions t using (household_id, transaction_id)
     where t.transaction_id is null or t.kind <> 'purchase' or t.state not in ('approved', 'reversed')`,
  'purchases that gave back other than their returns and reversals': `
    select count(*) from transactions t
      left join (select r.household_id, r.original_id, sum(r.voucher_rials - coalesce(again.voucher_rials, 0)) as voucher,
                        sum(r.card_rials - coalesce(again.card_rials, 0)) as card
                   from transactions r
                   left join transactions again on r.kind = 'return' and again.kind = 'reversal'
                    and again.household_id = r.household_id and again.original_id = r.transaction_id
                  where r.kind in ('return', 'reversal') and r.state <> 'declined' group by 1, 2) b
        on b.household_id = t.household_id and b.original_id = t.transaction_id
     where t.kind = 'purchase' and (t.given_voucher, t.given_card) is distinct from (coalesce(b.voucher, 0), coalesce(b.card, 0))`,
};

/** Recomputes the books from the journal, in one snapshot: reads only, so that it can run on a database at work.
 *  @returns the checks that found something, with how many; none: all is well */
export async function verifyLedger(pool: pg.Pool): Promise<{ check: string; count: number }[]> {
  const faults: { check: string; count: number }[] = [];
  const tx = await pool.connect();
  try {
    await tx.query('begin isolation level repeatable read read only');
    for (const [check, sql] of Object.entries(CHECKS)) {
      const { rows } = await tx.query<{ count: string }>(sql);
      const count = Number(rows[0]?.count ?? 0);
      if (count > 0) faults.push({ check, count });
    }
  } finally {
    await tx.query('rollback');
    tx.release();
  }
  return faults;
}
