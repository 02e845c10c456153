import type { Period } from '../../../field/period.ts';
import { tehran } from '../../../ops/clock.ts';
import { digits, type Language } from '../../language.ts';
import { noonOf } from './clock.ts';

/** Time of day in Tehran. */
export function timeOf(language: Language, ms: number): string {
  const { time } = tehran(ms);
  return digits(language, `${time.slice(0, 2)}:${time.slice(2, 4)}`);
}

const MONTH = {
  'jalali-month': {
    fa: new Intl.DateTimeFormat('fa-IR-u-ca-persian', { timeZone: 'Asia/Tehran', month: 'long', year: 'numeric' }),
    en: new Intl.DateTimeFormat('en-u-ca-persian', { timeZone: 'Asia/Tehran', month: 'long', year: 'numeric' }),
  },
  'gregorian-month': {
    fa: new Intl.DateTimeFormat('fa-IR-u-ca-gregory', { timeZone: 'Asia/Tehran', month: 'long', year: 'numeric' }),
    en: new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tehran', month: 'long', year: 'numeric' }),
  },
} as const;

/** «آذر ۱۴۰۵», `November 2026` */
export function monthName(language: Language, { kind, from, name }: Period): string {
  if (kind === 'day') return name;
  const parts = new Map(MONTH[kind][language].formatToParts(noonOf(from)).map(({ type, value }) => [type, value]));
  return `${parts.get('month') ?? ''} ${parts.get('year') ?? ''}`;
}
