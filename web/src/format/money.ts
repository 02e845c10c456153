import type { Language } from '../../../src/field/language.ts';
import { digits } from './digits.ts';

/** What amounts are shown in. The API, the books and the wire have rials; people count in tomans, ten rials each. */
export type Unit = 'rial' | 'toman';

export interface Looks {
  readonly language: Language;
  readonly unit: Unit;
}

/** @param rials whole rials, as the API writes them; may be negative
 *  @returns the figure alone: «۱٬۲۳۴٬۵۶۷», `123,456.7` */
export function amountOf({ language, unit }: Looks, rials: string | bigint): string {
  const value = BigInt(rials);
  const positive = value < 0n ? -value : value;
  const whole = unit === 'toman' ? positive / 10n : positive;
  const tenth = unit === 'toman' ? positive % 10n : 0n;
  const [comma, point] = language === 'fa' ? ['٬', '٫'] : [',', '.'];
  const grouped = whole.toString().replace(/\B(?=(?:\d{3})+$)/g, comma);
  const text = `${value < 0n ? '−' : ''}${grouped}${tenth === 0n ? '' : `${point}${tenth}`}`;
  return digits(language, text);
}

const NAMES = { fa: { rial: 'ریال', toman: 'تومان' }, en: { rial: 'IRR', toman: 'toman' } } as const;

export function unitOf({ language, unit }: Looks): string {
  return NAMES[language][unit];
}

/** An amount that a person typed, in their unit: Persian digits and separators are taken.
 *  @returns whole rials as the API wants them; undefined: it is no amount */
export function rialsOf({ unit }: Looks, typed: string): string | undefined {
  const text = typed
    .replace(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replace(/[\s\u200c,٬،]/g, '')
    .replace('٫', '.');
  const match = /^(\d{1,15})(?:\.(\d))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = '', tenth] = match;
  if (unit === 'rial') return tenth === undefined ? BigInt(whole).toString() : undefined;
  return (BigInt(whole) * 10n + BigInt(tenth ?? '0')).toString();
}
