/** Days, and the Jalali (Solar Hijri) calendar by Intl, which agrees with jalaali-js over 25,567 days.
 *  Dates are text: ISO `2026-03-21` and Jalali `1405-01-01`, always with Latin digits. */

const JALALI = new Intl.DateTimeFormat('en-u-ca-persian-nu-latn', {
  timeZone: 'UTC',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
});
const DAY_MS = 86_400_000;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether the text is a day of the (Gregorian) calendar, as ISO writes it. */
export function isDay(text: string): boolean {
  const ms = ISO_DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(ms) && isoOf(ms / DAY_MS) === text;
}

/** Days since the epoch of an ISO date.
 *  @throws RangeError for a day that does not exist (2026-02-30): ask `isDay` of what somebody typed */
export function dayNumber(isoDate: string): number {
  if (!isDay(isoDate)) throw new RangeError(`"${isoDate}" is not a day of the Gregorian calendar`);
  return Date.parse(`${isoDate}T00:00:00Z`) / DAY_MS;
}

function isoOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** `addDays('2026-03-20', 1)` is `2026-03-21`. */
export function addDays(isoDate: string, days: number): string {
  return isoOf(dayNumber(isoDate) + days);
}

/** ISO weekday: Monday 1 … Friday 5 … Sunday 7. */
export function weekday(isoDate: string): number {
  return ((dayNumber(isoDate) + 3) % 7) + 1; // 1970-01-01 was a Thursday
}

/** `2026-03-21` → `1405-01-01`. */
export function toJalali(isoDate: string): string {
  const day = dayNumber(isoDate);
  let year = 1300 + Math.floor((day - yearStart(1300)) / 365.2422);
  if (day < yearStart(year)) year--;
  else if (day >= yearStart(year + 1)) year++;
  if (year < 1300 || year >= 1470) return byIntl(day);
  const inYear = day - yearStart(year);
  const month = inYear < 186 ? Math.floor(inYear / 31) : 6 + Math.floor((inYear - 186) / 30);
  const date = inYear - month * 30 - Math.min(month, 6) + 1;
  return `${year}-${two(month + 1)}-${two(date)}`;
}

/** The day number of 1 Farvardin: leap years come in a cycle of 33 from 1244 to 1472, as Intl has them too. */
function yearStart(year: number): number {
  return -17_818 + 365 * (year - 1300) + Math.floor((8 * year + 21) / 33) - 315;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

function byIntl(day: number): string {
  const parts = JALALI.formatToParts(new Date(day * DAY_MS));
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month').padStart(2, '0')}-${part('day').padStart(2, '0')}`;
}

/** From this year on a date is Gregorian: the Jalali year of that number is centuries away. */
export const FIRST_GREGORIAN_YEAR = 1700;

/** `1405-01-01` → `2026-03-21`.
 *  @returns undefined for what is not a day of the Jalali calendar (1404-12-30), or of no year of it that is meant (2026-11-01) */
export function fromJalali(jalali: string): string | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(jalali);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year >= FIRST_GREGORIAN_YEAR) return undefined;
  // Months 1-6 have 31 days, 7-11 have 30; the new year falls on 20-21 March, so the guess is at most two days off.
  const dayOfYear = month <= 7 ? (month - 1) * 31 + day : 186 + (month - 7) * 30 + day;
  const guess = Date.UTC(year + 621, 2, 20) / DAY_MS + dayOfYear;
  return [0, -1, 1, -2, 2].map((shift) => isoOf(guess + shift)).find((iso) => toJalali(iso) === jalali);
}

/** A day as a person writes it: Jalali, whose years are below 1500 for another century, or Gregorian from 1700 on.
 *  @returns ISO; undefined for what is not a day, or of a year between */
export function readDay(text: string): string | undefined {
  if (text < '1500') return fromJalali(text);
  return text >= String(FIRST_GREGORIAN_YEAR) && isDay(text) ? text : undefined;
}

/** A Jalali month by Gregorian days (ISO dates). */
export interface JalaliMonth {
  /** `1405-09` */
  readonly period: string;
  readonly first: string;
  readonly last: string;
}

/** The first day (ISO) of a Jalali month such as `1405-03`; undefined for what is none. */
export function firstDayOf(period: string): string | undefined {
  return /^1[34]\d{2}-(0[1-9]|1[0-2])$/.test(period) ? fromJalali(`${period}-01`) : undefined;
}

/** The Jalali month that a day (ISO) is in. */
export function jalaliMonth(isoDate: string): JalaliMonth {
  const jalali = toJalali(isoDate);
  const period = jalali.slice(0, 7);
  const first = addDays(isoDate, 1 - Number(jalali.slice(8)));
  let last = addDays(first, 28);
  for (let next = addDays(last, 1); toJalali(next).startsWith(period); next = addDays(last, 1)) last = next;
  return { period, first, last };
}
