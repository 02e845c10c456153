import { toJalali } from '../field/jalali.ts';
import { persianDigits } from '../field/persian.ts';
import type { Outcome } from '../ledger/index.ts';

/** When some of the credit that is left ends, and when the next charge is due: DE 48 tag 17 (terminals.md 3), Persian, at most 120
 *  bytes of UTF-8.
 *  @returns undefined where nobody knows of either */
export function creditDates({
  creditEnds,
  nextCharge,
}: Pick<Outcome, 'creditEnds' | 'nextCharge'>): string | undefined {
  if (creditEnds === undefined) return nextCharge === undefined ? undefined : `شارژ بعدی ${dayText(nextCharge)}`;
  const end = `پایان اعتبار ${dayText(creditEnds)}`;
  return nextCharge === undefined ? end : `${end}؛ شارژ بعدی ${dayText(nextCharge)}`;
}

/** Every purchase says some of the same few days. */
const DAYS = new Map<string, string>();
const MOST_DAYS = 1_000;

/** `۱۴۰۵/۰۵/۱۴` */
function dayText(isoDate: string): string {
  const known = DAYS.get(isoDate);
  if (known !== undefined) return known;
  const text = persianDigits(toJalali(isoDate).replaceAll('-', '/'));
  if (DAYS.size >= MOST_DAYS) DAYS.clear();
  DAYS.set(isoDate, text);
  return text;
}
