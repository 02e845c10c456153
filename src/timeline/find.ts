import { addDays } from '../field/jalali.ts';
import { dayOfRrn } from '../settlement/audit/index.ts';
import type { Db } from './kinds.ts';

/** A business day ends by its cut-over: what was decided around midnight bears the date of a neighbour. */
const NEIGHBOURS = [-1, 0, 1];

/** Whose transactions bear an RRN. One of ours says its transaction's number (YDDDhhnnnnnn and the number with which its hour began,
 *  rrn_hours): one row is looked up by its number. Those that the clock of no hour shows are looked for in three days. */
export async function householdsOfNumber(db: Db, rrn: string): Promise<string[]> {
  const newest = await newestDay(db);
  const day = newest === undefined ? undefined : dayOfRrn(rrn, newest);
  if (day === undefined) return [];
  const days = NEIGHBOURS.map((shift) => addDays(day, shift));
  const numbered = await db.query<{ household: string }>(
    `select distinct t.household_id as household
       from rrn_hours h join transactions t on t.transaction_id = h.base + $3::bigint
      where h.hour = $1 and t.business_day = any ($2::date[]) and t.rrn = $4`,
    [`${day}T${rrn.slice(4, 6)}`, days, rrn.slice(6), rrn],
  );
  if (numbered.rows.length > 0) return numbered.rows.map(({ household }) => household);
  // an hour of the clock that is known would have had it; 90 to 99 are refusals that left no transaction
  const hour = Number(rrn.slice(4, 6));
  if (hour >= 90) return [];
  if (
    hour < 24 &&
    (await db.query('select 1 from rrn_hours where hour = $1', [`${day}T${rrn.slice(4, 6)}`])).rowCount !== 0
  )
    return [];
  const { rows } = await db.query<{ household: string }>(
    'select distinct household_id as household from transactions where rrn = $1 and business_day = any ($2::date[])',
    [rrn, days],
  );
  return rows.map(({ household }) => household);
}

/** The business day that is open, or was last. */
export async function newestDay(db: Db): Promise<string | undefined> {
  const { rows } = await db.query<{ newest: string | null }>(
    'select max(business_day)::text as newest from business_days',
  );
  return rows[0]?.newest ?? undefined;
}
