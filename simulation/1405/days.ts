/** Days in both calendars, by Intl alone: the replay's input and its model take nothing from the product here. */

export interface Day {
  /** `2026-07-21` */
  readonly iso: string;
  /** `1405-04-30` */
  readonly jalali: string;
  /** `1405-04` */
  readonly period: string;
  /** Of its Jalali month, from 1. */
  readonly day: number;
  /** Of its Jalali month, ISO. */
  readonly first: string;
  readonly last: string;
}

const PERSIAN = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', {
  timeZone: 'UTC',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

const plus = (iso: string, days: number): string =>
  new Date(Date.parse(iso) + days * 86_400_000).toISOString().slice(0, 10);

function jalaliOf(iso: string): string {
  const parts = Object.fromEntries(PERSIAN.formatToParts(Date.parse(iso)).map(({ type, value }) => [type, value]));
  return `${parts['year'] ?? ''}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`;
}

/** Every day from Mehr 1404 to the end of 1405, by its Jalali name. */
export const CALENDAR: ReadonlyMap<string, Day> = calendar('2025-09-23', '2027-03-20');

function calendar(from: string, to: string): Map<string, Day> {
  const names: (readonly [iso: string, jalali: string])[] = [];
  for (let iso = from; iso <= to; iso = plus(iso, 1)) names.push([iso, jalaliOf(iso)]);
  return new Map(
    names.map(([iso, jalali]) => {
      const period = jalali.slice(0, 7);
      const month = names.filter(([, name]) => name.startsWith(period));
      const [first, last] = [month[0]?.[0] ?? iso, month.at(-1)?.[0] ?? iso];
      return [jalali, { iso, jalali, period, day: Number(jalali.slice(8)), first, last }];
    }),
  );
}

/** @param jalali `1405-04-30` */
export function dayOf(jalali: string): Day {
  const day = CALENDAR.get(jalali);
  if (day === undefined) throw new RangeError(`${jalali} is not a day of 1404 or 1405`);
  return day;
}

/** The first of a month: `1405-04`. */
export const monthOf = (period: string): Day => dayOf(`${period}-01`);

/** The month after that of this day. */
export const nextMonth = (day: Day): Day => monthOf(jalaliOf(plus(day.last, 1)).slice(0, 7));

/** An instant in Tehran (UTC+3:30), ms: of an ISO day and `08:30`. */
export const instant = (iso: string, time: string): number => Date.parse(`${iso}T${time}:00+03:30`);
