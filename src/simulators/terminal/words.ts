import { figuresOf } from '../../field/money-text.ts';
import { RIAL, type MoneyUnit } from '../../field/money-unit.ts';
import { persianDigits } from '../../field/persian.ts';
import type { Language, Text } from '../../field/language.ts';

/** What a device shows and prints, in Persian and English. */

/** Digits of the language: a number on a Persian slip has Persian digits. */
export function digits(text: string, language: Language): string {
  return language === 'en' ? text : persianDigits(text);
}

/** `2,500,000 IRR`, `۲٬۵۰۰٬۰۰۰ ریال`, `250 XXX`; what is below zero with its sign before it. */
export function money(rials: bigint, language: Language, unit: MoneyUnit = RIAL): string {
  return `${figuresOf(rials, unit, language)} ${unitName(unit, language)}`;
}

/** In a question for an amount. */
export function unitCalled(unit: MoneyUnit, language: Language): string {
  if (language === 'fa') return unit.nameFa;
  return unit.unit === RIAL.unit ? 'rials' : unit.nameEn;
}

/** As it stands behind an amount. */
function unitName(unit: MoneyUnit, language: Language): string {
  return language === 'fa' ? unit.nameFa : unit.alpha;
}

/** Keeps digits with signs between them, such as a masked card, in their order inside Persian text (UAX #9, LRI and PDI). */
export function isolated(text: string, language: Language): string {
  return language === 'en' ? text : `\u2066${text}\u2069`;
}

/** Columns that a text takes: joiners and isolates take none. */
export function columns(text: string): number {
  let count = 0;
  for (const character of text) if (!/^(?:\u200c|\u200d|[\u2066-\u2069]|\p{M})$/u.test(character)) count++;
  return count;
}

/** A name and its value at the two ends of a line. */
export function row(name: string, value: string, width: number): string {
  return name + ' '.repeat(Math.max(1, width - columns(name) - columns(value))) + value;
}

/** By DE 3. */
export const TITLES: Readonly<Record<string, Text>> = {
  '179800': { fa: 'خرید کالابرگ', en: 'SUBSIDISED PURCHASE' },
  '179898': { fa: 'خرید کالابرگ، مانده نقدی', en: 'SUBSIDISED PURCHASE, REST IN CASH' },
  '379800': { fa: 'مانده‌ی اعتبار کالابرگ', en: 'VOUCHER INQUIRY' },
  '279800': { fa: 'مرجوعی کالا', en: 'RETURN' },
  '000000': { fa: 'خرید عادی', en: 'PURCHASE' },
  '310000': { fa: 'مانده‌ی حساب بانکی', en: 'BALANCE INQUIRY' },
};

/** By account and amount type of DE 54 (wire.md 7; `00 01` and `00 02` are the bank's: ISO 8583:1987). */
export const AMOUNTS: readonly (readonly [type: string, name: Text])[] = [
  ['9841', { fa: 'از اعتبار کالابرگ', en: 'from the voucher' }],
  ['0041', { fa: 'از کارت بانکی', en: 'from the card' }],
  ['0004', { fa: 'نقدی بپردازید', en: 'due in cash' }],
  ['9802', { fa: 'اعتبار باقی‌مانده', en: 'voucher credit left' }],
  ['0001', { fa: 'موجودی حساب', en: 'balance of the account' }],
  ['0002', { fa: 'موجودی قابل برداشت', en: 'available balance' }],
];

/** Verdict of a basket line (wire.md 5, tag 12). */
export const VERDICTS: Readonly<Record<string, Text>> = {
  '01': { fa: 'مشمول کالابرگ نیست', en: 'not an eligible good' },
  '02': { fa: 'بالاتر از سقف قیمت', en: 'over the price cap' },
  '03': { fa: 'بیش از سهم خانوار', en: "over the household's quantity" },
  '04': { fa: 'این صنف اجازه‌ی فروش ندارد', en: 'not sold by this guild' },
};

/** By unit of a basket line. */
export const UNITS: Readonly<Record<string, Text>> = {
  '00': { fa: 'عدد', en: 'pc' },
  '01': { fa: 'گرم', en: 'g' },
  '02': { fa: 'میلی‌لیتر', en: 'ml' },
};
