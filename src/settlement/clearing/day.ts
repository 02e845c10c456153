import type { Pool } from 'pg';
import { databaseNow } from '../../ledger/index.ts';
import { tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { addDays, isDay } from '../../field/jalali.ts';
import { transaction } from '../../ops/database.ts';
import type { Db } from './state.ts';

/** The business day that decisions belong to now, or undefined before the first one. */
export async function openBusinessDay(db: Db): Promise<string | undefined> {
  const { rows } = await db.query<{ day: string }>(
    'select business_day::text as day from business_days where closed_at is null order by business_day limit 1',
  );
  return rows[0]?.day;
}

/** Today in Tehran by the database's clock, which all copies and commands share. */
export async function databaseToday(db: Db): Promise<string> {
  return tehran(await databaseNow(db)).isoDate;
}

/** @param date `today`: the open business day; or today's, where that was closed before its end: what is bought since
 *  belongs to tomorrow's, which is not to be closed today. Or YYYY-MM-DD.
 *  @throws GatewayError `day.unknown` when nothing was ever decided on it, `day.not-begun`, `date.invalid` */
export async function businessDayOf(db: Db, date: string): Promise<string> {
  let wanted = date;
  const today = await databaseToday(db);
  if (date === 'today') {
    const open = await openBusinessDay(db);
    if (open === undefined)
      throw new GatewayError('day.unknown', 'No business day is open: there was no purchase yet.');
    wanted = open < today ? open : today;
  }
  if (!isDay(wanted)) throw new GatewayError('date.invalid', `"${wanted}" is not a day: give YYYY-MM-DD.`);
  refuseUnlessBegun(wanted, today);
  const { rowCount } = await db.query('select 1 from business_days where business_day = $1', [wanted]);
  if (rowCount === 1) return wanted;
  throw new GatewayError('day.unknown', `This gateway has no business day ${wanted}.`);
}

function refuseUnlessBegun(day: string, today: string): void {
  if (day <= today) return;
  throw new GatewayError(
    'day.not-begun',
    `${day} has not begun: by the database's clock it is ${today} in Tehran. A day that has not begun is not closed.`,
  );
}

/** The watermark: the next day is open from here on, and this one takes no more. Idempotent.
 *  @throws GatewayError `day.order` while an earlier day is open, `day.not-begun` */
export async function closeBusinessDay(pool: Pool, day: string): Promise<void> {
  await transaction(pool, async (db) => {
    refuseUnlessBegun(day, await databaseToday(db));
    const { rows } = await db.query<{ day: string; closed: boolean }>(
      `select business_day::text as day, closed_at is not null as closed from business_days
        where business_day <= $1 order by business_day for update`,
      [day],
    );
    const earlier = rows.find((row) => row.day < day && !row.closed);
    if (earlier !== undefined)
      throw new GatewayError('day.order', `${day} cannot be closed yet: ${earlier.day} is still open. Close it first.`);
    if (rows.find((row) => row.day === day)?.closed !== false) return;
    await db.query('insert into business_days (business_day) values ($1) on conflict do nothing', [addDays(day, 1)]);
    await db.query('update business_days set closed_at = now() where business_day = $1', [day]);
  });
}
