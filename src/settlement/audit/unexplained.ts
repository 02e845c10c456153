import type { Db } from '../clearing/state.ts';
import { sqlIn } from '../../ops/sql.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** An equation of the books that does not hold. */
export interface Unexplained {
  readonly day: string;
  readonly merchant: string | null;
  /** By how much, whole rials. */
  readonly rials: string;
  readonly reason: string;
}

export function findingText({ day, merchant, rials, reason }: Unexplained): string {
  return `${day}${merchant === null ? '' : ` ${merchant}`}: ${rials} rials: ${reason}`;
}

/** Where a day's rials are: moved − fees + carriedIn = paid + underWay + returned + remainders + carriedOut. */
export interface DayBalance {
  readonly day: string;
  readonly merchants: number;
  readonly moved: string;
  readonly fees: string;
  readonly carriedIn: string;
  readonly paid: string;
  readonly underWay: string;
  readonly returned: string;
  /** Below one step of the books' unit, into the shops' own account; negative: out of it. */
  readonly remainders: string;
  readonly carriedOut: string;
}

/** Every rial of closed days that is neither paid, under way, carried nor in a named break: it must be nothing.
 *  @param only of the days between, these */
export async function unexplained(db: Db, from: string, to: string, only?: readonly string[]): Promise<Unexplained[]> {
  return (await db.query<Unexplained>(sql('unexplained'), [from, to, only ?? null])).rows;
}

/** How many faults of a day's journal are told (audit/sql/journal.sql). */
const MOST_FAULTS = 1_000;

/** A day's journal against the transactions that it is of: what says other than was decided, a row a shop that it is about, at most
 *  1,000; that there are more concerns everybody. One pass over the day, whatever its size. */
export async function unexplainedJournal(db: Db, day: string): Promise<Unexplained[]> {
  const { rows } = await db.query<Omit<Unexplained, 'day'>>(sql('journal'), [day]);
  const found = rows.slice(0, MOST_FAULTS).map((row) => ({ day, ...row }));
  if (rows.length <= MOST_FAULTS) return found;
  return [...found, { day, merchant: null, rials: '0', reason: `over ${MOST_FAULTS} faults of its journal` }];
}

export async function dayBalances(db: Db, from: string, to: string): Promise<DayBalance[]> {
  return (await db.query<DayBalance>(sql('where'), [from, to])).rows;
}
