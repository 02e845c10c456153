import { FIRST_GREGORIAN_YEAR, jalaliMonth, readDay, toJalali } from './jalali.ts';

/** Days that a statement or a report is of: one, or a month of either calendar. */
export interface Period {
  /** ISO, both included. */
  readonly from: string;
  readonly to: string;
  readonly kind: 'day' | 'jalali-month' | 'gregorian-month';
  /** As a person writes it, in its own calendar: `1405-09`, `2026-11`, `1405-09-02`. */
  readonly name: string;
}

/** A period as a person writes it: a day or a month, Jalali (1405-09-02, 1405-09) or Gregorian (2026-11-23, 2026-11). Digits of
 *  any script and slashes are taken.
 *  @returns undefined for what is no day or month, or of a year that is neither's (1500 to 1699) */
export function readPeriod(text: string): Period | undefined {
  const plain = latin(text.trim()).replaceAll('/', '-');
  const day = readDay(plain);
  if (day !== undefined) return { from: day, to: day, kind: 'day', name: plain };
  const [, year = '', month = ''] = /^(\d{4})-(\d{2})$/.exec(plain) ?? [];
  const first = year === '' ? undefined : readDay(`${year}-${month}-01`);
  if (first === undefined) return undefined;
  if (Number(year) < FIRST_GREGORIAN_YEAR) return monthOf(first, 'jalali-month');
  return monthOf(first, 'gregorian-month');
}

/** The month of a calendar that a day (ISO) is in. */
export function monthOf(isoDate: string, kind: 'jalali-month' | 'gregorian-month'): Period {
  if (kind === 'jalali-month') {
    const { first, last, period } = jalaliMonth(isoDate);
    return { from: first, to: last, kind, name: period };
  }
  const name = isoDate.slice(0, 7);
  const [year, month] = [Number(name.slice(0, 4)), Number(name.slice(5))];
  const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  return { from: `${name}-01`, to: last, kind, name };
}

/** What to write instead of a period that cannot be read: both forms, of a day that is near. */
export function periodForms(isoDate: string): string {
  const jalali = toJalali(isoDate);
  return `a Jalali day or month (${jalali}, ${jalali.slice(0, 7)}), or a Gregorian one (${isoDate}, ${isoDate.slice(0, 7)})`;
}

/** Digits of any script as Latin ones. */
function latin(text: string): string {
  return text.replace(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}
