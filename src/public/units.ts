import { moneyText } from '../field/money-text.ts';
import type { MoneyUnit, Reading } from '../field/money-unit.ts';
import { readReading } from '../settlement/shop/index.ts';
import type { Door } from './door.ts';
import { kept } from './kept.ts';
import type { Language } from './language.ts';

/** In which units pages that are the same for everybody say amounts: by date, that of the payments first, and beside it what else is
 *  lawful, as receipts do. */

const KEPT_MS = 60_000;

/** An amount on a page. */
export type Say = (rials: bigint) => string;

/** «۱۲۰ ریال نو = ۱٬۲۰۰٬۰۰۰ ریال» */
export function amountIn(language: Language, reading: Reading, rials: bigint): string {
  return reading.map((unit) => moneyText(rials, unit, language)).join(' = ');
}

/** What a device says amounts in stands first, and beside it what else people read. */
export function deviceReading(unit: MoneyUnit, reading: Reading): Reading {
  return [unit, ...reading.filter((other) => other.unit !== unit.unit)];
}

/** Asks the database once in a while. */
export function unitsByDay(door: Pick<Door, 'clock' | 'pool'>): () => Promise<(day: string) => Reading> {
  const read = kept(door.clock, KEPT_MS, () => readReading(door.pool()));
  return () => read('');
}
