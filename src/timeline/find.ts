import { addDays } from '../field/jalali.ts';
import { dayOfRrn, householdsOfNumber } from '../settlement/audit/index.ts';
import type { Db } from './kinds.ts';

/** A business day ends by its cut-over: what was decided around midnight bears the date of a neighbour. */
const NEIGHBOURS = [-1, 0, 1];
/** Hours that no clock shows: of refusals, which leave no transaction (ledger/functions/shared/context.sql). */
const REFUSALS = 90;

/** Whose transactions bear an RRN, whatever became of them: those that refuse too, which settlement does not look for. */
export async function householdsOf(db: Db, rrn: string): Promise<string[]> {
  const newest = await newestDay(db);
  const day = newest === undefined ? undefined : dayOfRrn(rrn, newest);
  if (day === undefined || Number(rrn.slice(4, 6)) >= REFUSALS) return [];
  const numbered = await householdsOfNumber(db, rrn, day);
  if (numbered !== undefined) return numbered;
  const { rows } = await db.query<{ household: string }>(
    'select distinct household_id as household from transactions where rrn = $1 and business_day = any ($2::date[])',
    [rrn, NEIGHBOURS.map((shift) => addDays(day, shift))],
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
