import { addDays, isDay } from '../../field/jalali.ts';
import type { Db } from '../clearing/state.ts';

/** The households that a window of business days knows an RRN of. $1 RRN, $2 first day, $3 last day. */
export const IN_WINDOW = `
  select distinct household_id as household from settlement_legs
   where rrn = $1 and business_day between $2::date and $3::date`;
/** A business day ends by its cut-over, so one that was decided around midnight may bear the date of a neighbour. */
const NEIGHBOURS = 1;
/** How far back an RRN of others is looked for. */
const RECENT = 7;

/** Whose transactions bear an RRN of ours by what it says: the last digit of the year, the day in it, its hour, and its transaction's number
 *  less the one with which the hour began (YDDDhhnnnnnn, rrn_hours). One row is looked up, whatever became of it.
 *  @returns undefined: its hour is none that is known, so it says nothing */
export async function householdsOfNumber(db: Db, rrn: string, day: string): Promise<string[] | undefined> {
  const { rows } = await db.query<{ household: string | null }>(
    `select distinct t.household_id as household
       from rrn_hours h
       left join transactions t on t.transaction_id = h.base + $3::bigint and t.business_day = any ($2::date[]) and t.rrn = $4
      where h.hour = $1`,
    [`${day}T${rrn.slice(4, 6)}`, [-NEIGHBOURS, 0, NEIGHBOURS].map((shift) => addDays(day, shift)), rrn.slice(6), rrn],
  );
  if (rows.length === 0) return undefined;
  return rows.flatMap(({ household }) => (household === null ? [] : [household]));
}

/** Whose transactions bear an RRN. Purchases pay for every index on transactions, so there is none on the RRN: ours say their number, or
 *  at least their day, which leaves three days to look through. One of others is
 *  known by the acquirer's line that was matched to it; else the newest days are looked through, and all of them only when
 *  one asks for it. Reversals and returns of later days bear the same RRN and belong to the same household, by which
 *  the primary key finds them. */
export async function householdsOfRrn(db: Db, rrn: string, everywhere: boolean): Promise<string[]> {
  const { rows } = await db.query<{ newest: string | null }>(
    'select max(business_day)::text as newest from business_days',
  );
  const newest = rows[0]?.newest ?? undefined;
  const day = newest === undefined ? undefined : dayOfRrn(rrn, newest);
  const numbered = day === undefined ? undefined : await householdsOfNumber(db, rrn, day);
  if (numbered !== undefined && numbered.length > 0) return numbered;
  const near = day === undefined ? [] : await households(db, rrn, addDays(day, -NEIGHBOURS), addDays(day, NEIGHBOURS));
  if (near.length > 0) return near;
  const told = await db.query<{ household: string }>(
    `select distinct household_id as household from acquirer_lines where rrn = $1 and household_id is not null
     union select household_id from breaks where rrn = $1 and household_id is not null`,
    [rrn],
  );
  if (told.rows.length > 0) return told.rows.map((row) => row.household);
  if (everywhere || newest === undefined) return households(db, rrn, '-infinity', 'infinity');
  return households(db, rrn, addDays(newest, -RECENT), addDays(newest, NEIGHBOURS));
}

async function households(db: Db, rrn: string, from: string, to: string): Promise<string[]> {
  const { rows } = await db.query<{ household: string }>(IN_WINDOW, [rrn, from, to]);
  return rows.map((row) => row.household);
}

/** The date in an RRN of ours: the newest that is not after `newest` and its morrow.
 *  @returns undefined for an RRN that has none */
export function dayOfRrn(rrn: string, newest: string): string | undefined {
  const [, digit, dayOfYear] = /^(\d)(\d{3})\d{8}$/.exec(rrn) ?? [];
  if (digit === undefined || dayOfYear === undefined) return undefined;
  const last = addDays(newest, 1);
  for (let year = Number(last.slice(0, 4)), oldest = year - 9; year >= oldest; year--) {
    if (year % 10 !== Number(digit)) continue;
    const first = `${year}-01-01`;
    const day = isDay(first) && Number(dayOfYear) > 0 ? addDays(first, Number(dayOfYear) - 1) : '';
    if (day.startsWith(`${year}-`) && day <= last) return day;
  }
  return undefined;
}
