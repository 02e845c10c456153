import type pg from 'pg';

/** What must never be found. Each query counts offences. */
const CHECKS: Readonly<Record<string, string>> = {
  'transactions whose legs do not sum to zero': `
    select count(*) from (select 1 from journal group by household_id, transaction_id having sum(rials) <> 0) t`,
  'buckets whose spent credit is not what transactions took': `
    select count(*) from buckets b where spent_rials <> (
      select coalesce(sum((take ->> 'rials')::bigint * case kind when 'return' then -1 else 1 end), 0)
        from transactions t cross join jsonb_array_elements(t.takes) take
       where t.household_id = b.household_id and state = 'approved' and kind in ('purchase', 'return')
         and take ->> 'programme' = b.programme_id and take ->> 'period' = b.period)`,
  'approved purchases of money without a posting': `
    select count(*) from transactions t
     where state = 'approved' and kind = 'purchase' and voucher_rials + card_rials > 0
       and not exists (select 1 from journal j where j.household_id = t.household_id and j.transaction_id = t.transaction_id)`,
};

/** Recomputes the books; reads only, so that it can run on a database at work.
 *  @returns the checks that found something, with how many; none: all is well */
export async function verifyLedger(pool: pg.Pool): Promise<{ check: string; count: number }[]> {
  const faults: { check: string; count: number }[] = [];
  for (const [check, sql] of Object.entries(CHECKS)) {
    const { rows } = await pool.query<{ count: string }>(sql);
    const count = Number(rows[0]?.count ?? 0);
    if (count > 0) faults.push({ check, count });
  }
  return faults;
}
