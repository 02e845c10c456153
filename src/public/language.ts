import type { FastifyRequest } from 'fastify';
import type { Language, Text } from '../field/language.ts';
import { cookieOf } from './cookies.ts';
import { html, type Html } from './html.ts';
import { DAY_MS } from '../ops/clock.ts';

export type { Language, Text };

export const LANGUAGE_COOKIE = 'language';

/** Persian, unless the reader chose English: a browser set to English is common in Iran, and says nothing about its owner. */
export function languageOf(request: FastifyRequest): Language {
  return cookieOf(request, LANGUAGE_COOKIE) === 'en' ? 'en' : 'fa';
}

export function t(language: Language, text: Text): string {
  return text[language];
}

export const comma = (language: Language): string => (language === 'fa' ? '، ' : ', ');

/** Latin digits as that language writes them. */
export function digits(language: Language, text: string | number | bigint): string {
  const written = String(text);
  if (language === 'en') return written;
  return written.replace(/\d/g, (digit) => String.fromCharCode(0x06f0 + Number(digit)));
}

/** What is read from left to right wherever it stands: case numbers, Shebas, masked PANs. Digits stay Latin, as on paper. */
export function ltr(text: string | number): Html {
  return html`<bdi dir="ltr">${text}</bdi>`;
}

const format = (locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(locale, { timeZone: 'Asia/Tehran', ...options });
const DAY = {
  fa: format('fa-IR-u-ca-persian', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  en: format('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
};
const TIME = {
  fa: format('fa-IR', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  en: format('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
};

/** The day of an instant in Tehran: «جمعه ۶ آذر ۱۴۰۵», or `Friday 27 November 2026`. */
export function dayOf(language: Language, ms: number): string {
  // by parts: what stands between them differs from one version of Node.js to another
  const part = new Map(DAY[language].formatToParts(ms).map(({ type, value }) => [type, value]));
  return (['weekday', 'day', 'month', 'year'] as const).map((type) => part.get(type) ?? '').join(' ');
}

/** Day and time in Tehran. */
export function momentOf(language: Language, ms: number): string {
  const [day, time] = [dayOf(language, ms), TIME[language].format(ms)];
  return language === 'fa' ? `${day} ساعت ${time}` : `${day}, ${time}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A length of time as people say it, rounded up to a unit: `3 days`, «۲ ساعت». */
export function lengthOf(language: Language, ms: number): string {
  const [unit, fa, en] = ms > 2 * DAY_MS ? ([DAY_MS, 'روز', 'day'] as const) : ms > 2 * HOUR_MS ? ([HOUR_MS, 'ساعت', 'hour'] as const) : ([MINUTE_MS, 'دقیقه', 'minute'] as const); // prettier-ignore
  const count = Math.max(1, Math.ceil(ms / unit));
  return countOf(language, count, { fa, en });
}

/** So many of something: «۲ فروش», `1 sale`, `2 sales`.
 *  @param one whose plural has an s in English */
export function countOf(language: Language, count: number, one: Text): string {
  return `${digits(language, count)} ${one[language]}${language === 'en' && count !== 1 ? 's' : ''}`;
}

const GROUPED = new Intl.NumberFormat('en');

/** Rials with their unit: «۱٬۲۰۰٬۰۰۰ ریال», `1,200,000 rials`. */
export function rialsOf(language: Language, rials: bigint): string {
  const grouped = GROUPED.format(rials);
  return language === 'fa'
    ? `${digits('fa', grouped.replaceAll(',', '٬'))} ریال`
    : `${grouped} rial${rials === 1n ? '' : 's'}`;
}
