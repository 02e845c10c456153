import type { Text } from '../field/language.ts';
import type { MoneyUnit } from '../field/money-unit.ts';
import { wholeSteps, type BasketItem } from '../simulators/terminal/index.ts';

/** What lies on the counter: goods with their prices, and customers with their cards. All of the demo programme (wire.md 8). */

export interface CounterGood {
  /** As it is typed: of the scheme's categories their number; of others a barcode. */
  readonly code: string;
  readonly name: Text;
  readonly rials: bigint;
}

export const COUNTER_GOODS: readonly CounterGood[] = [
  { code: '3', name: { fa: 'تخم‌مرغ، شانهٔ ۳۰تایی', en: 'Eggs, a tray of 30' }, rials: 900_000n },
  { code: '4', name: { fa: 'برنج، ۵ کیلو', en: 'Rice, 5 kg' }, rials: 4_800_000n },
  { code: '6', name: { fa: 'روغن، ۱ لیتر', en: 'Oil, 1 litre' }, rials: 700_000n },
  { code: '9', name: { fa: 'شیر کم‌چرب، ۱ لیتر', en: 'Milk, 1 litre' }, rials: 320_000n },
  { code: '11', name: { fa: 'پنیر، ۴۰۰ گرم', en: 'Cheese, 400 g' }, rials: 850_000n },
  { code: '99', name: { fa: 'مایع ظرف‌شویی (کالابرگ نمی‌خرد)', en: 'Washing-up liquid (not by the voucher)' }, rials: 400_000n }, // prettier-ignore
];

/** Goods at what they cost in a unit. */
export function pricedIn(unit: MoneyUnit): readonly CounterGood[] {
  return COUNTER_GOODS.map((good) => ({ ...good, rials: wholeSteps(good.rials, unit) }));
}

/** @returns undefined: nothing on the counter has that code */
export function goodOf(typed: string, unit: MoneyUnit): CounterGood | undefined {
  const code = typed.replace(/^0+(?=\d)/, '');
  return pricedIn(unit).find((good) => good.code === code);
}

/** One piece of it as a line of a basket. */
export function lineOf({ code, rials }: CounterGood): BasketItem {
  return { goods: code.padStart(13, '0'), unit: '00', quantity: 1, amountRials: rials };
}

export interface Customer {
  readonly household: number;
  readonly what: Text;
}

/** Households that show one thing each; any other from 1 to 1000 may be typed. */
export const CUSTOMERS: readonly Customer[] = [
  { household: 7, what: { fa: 'اعتبار کامل ماه', en: 'a month of credit' } },
  { household: 908, what: { fa: 'یک ریال اعتبار: باقی از کارت', en: 'one rial of credit: the rest from the card' } },
  { household: 909, what: { fa: 'اعتبار در دو دوره', en: 'credit of two periods' } },
  { household: 905, what: { fa: 'بی‌اعتبار', en: 'no credit' } },
  { household: 901, what: { fa: 'بانک سهم کارت را رد می‌کند', en: 'its bank declines the card part' } },
  { household: 906, what: { fa: 'خانوار مسدود', en: 'a blocked household' } },
];

/** Its bank never answers. */
export const SILENT_HOUSEHOLD = 904;
