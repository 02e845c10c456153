import { fromJalali, isDay, toJalali } from '../../../src/field/jalali.ts';
import type { Language } from '../../../src/field/language.ts';
import { latinDigits } from '../../../src/field/persian.ts';
import { digits } from './digits.ts';

/** Days and times as people of that language read them, always of Tehran. */

const PARTS = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Tehran',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});

interface Told {
  readonly day: string;
  readonly minute: string;
  readonly second: string;
  readonly thousandth: string;
}

function told(ms: number): Told {
  const part = new Map(PARTS.formatToParts(ms).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes): string => part.get(type) ?? '';
  const minute = `${of('hour')}:${of('minute')}`;
  const second = `${minute}:${of('second')}`;
  return {
    day: `${of('year')}-${of('month')}-${of('day')}`,
    minute,
    second,
    thousandth: `${second}.${of('fractionalSecond')}`,
  };
}

/** A day: «۱۴۰۵/۰۹/۰۶», `2026-11-27`.
 *  @param iso a day as the API writes it */
export function dayOf(language: Language, iso: string): string {
  if (!isDay(iso)) return iso;
  return language === 'en' ? iso : digits('fa', toJalali(iso).replaceAll('-', '/'));
}

export type Precision = 'minute' | 'second' | 'thousandth';

/** Day and time: «۱۴۰۵/۰۹/۰۶ ۱۴:۰۵», `2026-11-27 14:05`.
 *  @param at ISO 8601 as the API writes it, or ms since the epoch */
export function momentOf(language: Language, at: string | number, precision: Precision = 'second'): string {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  if (Number.isNaN(ms)) return String(at);
  const { day, ...time } = told(ms);
  return `${dayOf(language, day)} ${digits(language, time[precision])}`;
}

/** The time of day alone, to the thousandth: what tells the steps of one transaction apart. */
export function timeOf(language: Language, at: string | number, precision: Precision = 'second'): string {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return Number.isNaN(ms) ? String(at) : digits(language, told(ms)[precision]);
}

const UNITS = [
  [86_400_000, 'روز', 'day'],
  [3_600_000, 'ساعت', 'hour'],
  [60_000, 'دقیقه', 'minute'],
  [1_000, 'ثانیه', 'second'],
] as const;

/** A length of time as people say it, in the unit that fits: «۳ روز», `2 hours`, `340 ms`. */
export function lengthOf(language: Language, ms: number): string {
  const length = Math.abs(ms);
  const [unit, fa, en] = UNITS.find(([size]) => length >= size * 1.5) ?? [1, 'میلی‌ثانیه', 'ms'];
  const count = Math.round(length / unit);
  if (language === 'fa') return `${digits('fa', count)} ${fa}`;
  return `${count} ${en}${unit === 1 || count === 1 ? '' : 's'}`;
}

/** Today in Tehran, or so many days from it, as ISO. */
export function dayFromToday(days = 0): string {
  return told(Date.now() + days * 86_400_000).day;
}

/** A day that a person typed: `1405/02/31`, `1405-2-31`, «۱۴۰۵/۰۲/۳۱», or Gregorian from 1700 on.
 *  @returns ISO; undefined: it is no day */
export function readTypedDay(typed: string): string | undefined {
  const match = /^(\d{4})[/\-.](\d{1,2})[/\-.](\d{1,2})$/.exec(latinDigits(typed).trim());
  if (match === null) return undefined;
  const [, year = '', month = '', day = ''] = match;
  const written = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (year < '1500') return fromJalali(written);
  return year >= '1700' && isDay(written) ? written : undefined;
}
