import { addDays, weekday } from '../../field/jalali.ts';

/** `bank`: when banks work · `office`: when state offices do (domain/06). */
export type CalendarName = 'bank' | 'office';

/** Everything known about days and rails, loaded at once: small, dated tables. Dates are ISO, times `HH:MM`. */
export interface CalendarData {
  readonly weekends: readonly {
    readonly calendar: CalendarName;
    readonly validFrom: string;
    readonly weekdays: readonly number[];
  }[];
  readonly holidays: ReadonlyMap<string, { readonly name: string; readonly estimated: boolean }>;
  /** Newest first, by day. */
  readonly overrides: ReadonlyMap<string, readonly DayOverride[]>;
  readonly payaCycles: readonly {
    readonly validFrom: string;
    readonly dayKind: 'business' | 'holiday';
    readonly at: string;
  }[];
  readonly railLimits: readonly RailLimit[];
}

export interface DayOverride {
  readonly calendar: CalendarName | 'all';
  readonly closed: boolean;
  readonly reason: string;
}

export interface RailLimit {
  readonly rail: 'PAYA' | 'SATNA';
  readonly validFrom: string;
  readonly minRials: bigint;
  readonly maxRials: bigint | undefined;
  readonly cutOff: string | undefined;
}

/** Why a day is as it is. */
export interface DayVerdict {
  readonly closed: boolean;
  readonly reason: string;
  /** A lunar date that an announcement may still move. */
  readonly estimated: boolean;
}

/** An override wins over a holiday, and that over the weekend. */
export function dayVerdict(data: CalendarData, calendar: CalendarName, day: string): DayVerdict {
  const override = data.overrides.get(day)?.find((each) => each.calendar === calendar || each.calendar === 'all');
  if (override !== undefined) return { closed: override.closed, reason: override.reason, estimated: false };
  const holiday = data.holidays.get(day);
  if (holiday !== undefined) return { closed: true, reason: holiday.name, estimated: holiday.estimated };
  const weekend = newest(data.weekends, day, (each) => each.calendar === calendar);
  const closed = weekend?.weekdays.includes(weekday(day)) ?? false;
  return { closed, reason: closed ? 'weekend' : 'business day', estimated: false };
}

/** The entry in force on `day`: the one with the latest `validFrom` not after it. */
function newest<T extends { readonly validFrom: string }>(
  entries: readonly T[],
  day: string,
  fits: (entry: T) => boolean,
): T | undefined {
  let best: T | undefined;
  for (const entry of entries) {
    if (fits(entry) && entry.validFrom <= day && (best === undefined || entry.validFrom > best.validFrom)) best = entry;
  }
  return best;
}

/** Far more than any closure lasts; a calendar without a single open day is a mistake in the data. */
const HORIZON_DAYS = 60;

/** The first business day after `day`. */
export function nextBusinessDay(data: CalendarData, calendar: CalendarName, day: string): string {
  for (let ahead = 1; ahead <= HORIZON_DAYS; ahead++) {
    const candidate = addDays(day, ahead);
    if (!dayVerdict(data, calendar, candidate).closed) return candidate;
  }
  throw new Error(`no ${calendar} business day within ${HORIZON_DAYS} days of ${day}`);
}

/** A wall-clock moment in Tehran: ISO date and `HH:MM`. */
export interface Moment {
  readonly day: string;
  readonly time: string;
}

/** The next PAYA cycle at or after `ready`; on closed days PAYA keeps the holiday cycles (domain/03). */
export function nextPayaCycle(data: CalendarData, ready: Moment): Moment {
  for (let ahead = 0; ahead <= HORIZON_DAYS; ahead++) {
    const day = addDays(ready.day, ahead);
    const dayKind = dayVerdict(data, 'bank', day).closed ? 'holiday' : 'business';
    const inForce = newest(data.payaCycles, day, () => true)?.validFrom;
    const times = data.payaCycles
      .filter((cycle) => cycle.validFrom === inForce && cycle.dayKind === dayKind)
      .map((cycle) => cycle.at)
      .sort();
    const time = times.find((at) => ahead > 0 || at >= ready.time);
    if (time !== undefined) return { day, time };
  }
  throw new Error(`no PAYA cycle within ${HORIZON_DAYS} days of ${ready.day}`);
}

/** The day on which SATNA takes an order that is ready then: a bank business day, before its cut-off. */
export function nextSatnaDay(data: CalendarData, ready: Moment): string {
  const cutOff = railLimit(data, 'SATNA', ready.day)?.cutOff ?? '24:00';
  if (!dayVerdict(data, 'bank', ready.day).closed && ready.time <= cutOff) return ready.day;
  return nextBusinessDay(data, 'bank', ready.day);
}

/** Least and most of one order on a rail that day. */
export function railLimit(data: CalendarData, rail: 'PAYA' | 'SATNA', day: string): RailLimit | undefined {
  return newest(data.railLimits, day, (each) => each.rail === rail);
}
