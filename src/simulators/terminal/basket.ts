import { RIAL, type MoneyUnit } from '../../field/money-unit.ts';
import { latinDigits } from '../../field/persian.ts';
import { formatBasket, parseBasket, type BasketLine } from '../../profiles/index.ts';
import { stepsOf } from './units.ts';

/** A line of a basket as a clerk scans or types it. */
export type BasketItem = BasketLine;

/** The lines of a basket on the wire (wire.md 5, tag 01), in rials; none of what is no basket. */
export function readBasket(tag: string | undefined, { stepRials }: MoneyUnit = RIAL): readonly BasketItem[] {
  const lines = tag === undefined ? [] : (parseBasket(tag) ?? []);
  return lines.map((line) => ({ ...line, amountRials: line.amountRials * stepRials }));
}

/** Tag 01 of these lines. @param unit that of the device's day */
export function writeBasket(items: readonly BasketItem[], unit: MoneyUnit = RIAL): string {
  return formatBasket(items.map((item) => ({ ...item, amountRials: stepsOf(item.amountRials, unit) })));
}

/** wire.md 5. */
export const MOST_LINES = 30;

export function totalOf(items: readonly BasketItem[]): bigint {
  return items.reduce((sum, { amountRials }) => sum + amountRials, 0n);
}

/** A barcode (GTIN of 8, 12 or 13 digits) or the number of a category (1 to 99), as 13 digits.
 *  @returns undefined for what is neither */
export function goodsCode(typed: string): string | undefined {
  const code = latinDigits(typed.trim());
  return /^(?:\d{1,2}|\d{8}|\d{12,13})$/.test(code) && !/^0+$/.test(code) ? code.padStart(13, '0') : undefined;
}

/** `2` pieces, `1500g` or `۱۵۰۰گ`, `900ml` or `۹۰۰م`.
 *  @returns undefined for what is none of them, or not 1 to 999999 */
export function quantityOf(typed: string): Pick<BasketItem, 'unit' | 'quantity'> | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,6})\s*(g|گ|گرم|ml|م|میلی‌لیتر)?$/.exec(latinDigits(typed.trim())) ?? [];
  const quantity = Number(amount);
  if (quantity === 0) return undefined;
  return { quantity, unit: unit === '' ? '00' : unit === 'g' || unit.startsWith('گ') ? '01' : '02' };
}
