import type { Pool } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { addDays, dayNumber } from '../calendar/jalali.ts';
import { transaction, type Db } from './state.ts';

/** The business day that decisions belong to now, or undefined before the first one. */
export async function openBusinessDay(db: Db): Promise<string | undefined> {
  const { rows } = await db.query<{ day: string }>(
    'select business_day::text as day from business_days where closed_at is null order by business_day limit 1',
  );
  return rows[0]?.day;
}

/** @param date `today`: the open business day; or YYYY-MM-DD
 *  @throws GatewayError `day.unknown` when nothing was ever decided on it, `date.invalid` */
export async function businessDayOf(db: Db, date: string): Promise<string> {
  if (date === 'today') {
    const open = await openBusinessDay(db);
    if (open !== undefined) return open;
    throw new GatewayError('day.unknown', 'No business day is open: nothing was bought yet.');
  }
  dayNumber(date);
  const { rowCount } = await db.query('select 1 from business_days where business_day = $1', [date]);
  if (rowCount === 1) return date;
  throw new GatewayError('day.unknown', `${date} is no business day of this gateway.`);
}

/** The watermark: the next day is open from here on, and this one takes no more. Idempotent.
 *  @throws GatewayError `day.order` while an earlier day is open */
export async function closeBusinessDay(pool: Pool, day: string): Promise<void> {
  await transaction(pool, async (db) => {
    const { rows } = await db.query<{ day: string; closed: boolean }>(
      `select business_day::text as day, closed_at is not null as closed from business_days
        where business_day <= $1 order by business_day for update`,
      [day],
    );
    const earlier = rows.find((row) => row.day < day && !row.closed);
    if (earlier !== undefined) throw new GatewayError('day.order', `${earlier.day} is closed before ${day}.`);
    if (rows.find((row) => row.day === day)?.closed !== false) return;
    await db.query('insert into business_days (business_day) values ($1) on conflict do nothing', [addDays(day, 1)]);
    await db.query('update business_days set closed_at = now() where business_day = $1', [day]);
  });
}
