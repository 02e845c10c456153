import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import type { CalendarData, CalendarName, DayOverride, RailLimit } from './calendar.ts';
import { isDay } from '../../field/jalali.ts';

/** The whole calendar (migration 0100), as it is now. */
export async function loadCalendar(db: Pool | PoolClient): Promise<CalendarData> {
  const weekends = await db.query<{ calendar: CalendarName; validFrom: string; weekdays: number[] }>(
    `select calendar, valid_from::text as "validFrom", weekdays from calendar_weekends`,
  );
  const holidays = await db.query<{ day: string; name: string; estimated: boolean }>(
    `select day::text, string_agg(name_fa, '؛ ' order by name_fa) as name, bool_and(estimated) as estimated
       from holidays group by day`,
  );
  const overrides = await db.query<DayOverride & { day: string }>(
    `select day::text, calendar, closed, reason from calendar_overrides order by override_id desc`,
  );
  const cycles = await db.query<CalendarData['payaCycles'][number]>(
    `select valid_from::text as "validFrom", day_kind as "dayKind", to_char(at, 'HH24:MI') as at from paya_cycles`,
  );
  return {
    weekends: weekends.rows,
    holidays: new Map(holidays.rows.map((row) => [row.day, row])),
    overrides: byDay(overrides.rows),
    payaCycles: cycles.rows,
    railLimits: await loadLimits(db),
  };
}

function byDay(rows: readonly (DayOverride & { day: string })[]): Map<string, DayOverride[]> {
  const days = new Map<string, DayOverride[]>();
  for (const row of rows) days.set(row.day, [...(days.get(row.day) ?? []), row]);
  return days;
}

async function loadLimits(db: Pool | PoolClient): Promise<RailLimit[]> {
  const limits = await db.query<{
    rail: 'PAYA' | 'SATNA';
    from: string;
    min: string;
    max: string | null;
    cut: string | null;
  }>(
    `select rail, valid_from::text as from, min_rials as min, max_rials as max, to_char(cut_off, 'HH24:MI') as cut
       from rail_limits`,
  );
  return limits.rows.map((row) => ({
    rail: row.rail,
    validFrom: row.from,
    minRials: BigInt(row.min),
    maxRials: row.max === null ? undefined : BigInt(row.max),
    cutOff: row.cut ?? undefined,
  }));
}

/** Opens or closes a single day. Every word stays on record; the newest counts.
 *  @throws GatewayError `calendar.refused` without a reason or an actor, `date.invalid` */
export async function overrideDay(
  db: Pool | PoolClient,
  change: DayOverride & { readonly day: string; readonly actor: string },
): Promise<void> {
  if (!isDay(change.day)) throw new GatewayError('date.invalid', `"${change.day}" is not a day: give YYYY-MM-DD.`);
  if (change.reason.trim() === '' || change.actor.trim() === '') {
    throw new GatewayError('calendar.refused', 'A day is changed only with a reason and the name of a person.');
  }
  await db.query(`insert into calendar_overrides (calendar, day, closed, reason, actor) values ($1, $2, $3, $4, $5)`, [
    change.calendar,
    change.day,
    change.closed,
    change.reason.trim(),
    change.actor.trim(),
  ]);
}
