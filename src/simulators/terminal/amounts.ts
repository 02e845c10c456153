import { RIAL, type MoneyUnit } from '../../field/money-unit.ts';

/** DE 54 in rials by account and amount type (wire.md 7): `9841` voucher, `0041` card, `0004` cash due, `9802` credit left, and of a bank
 *  `0001` ledger and `0002` available balance, below zero where it says D.
 *  @param unit what lines of its code count; others are in rials */
export function readAmounts(text: string | undefined, unit: MoneyUnit = RIAL): ReadonlyMap<string, bigint> {
  const lines = new Map<string, bigint>();
  for (let at = 0; text !== undefined && at + 20 <= text.length; at += 20) {
    const type = text.slice(at, at + 4);
    const step = text.slice(at + 4, at + 7) === unit.numeric ? unit.stepRials : 1n;
    const rials = BigInt(text.slice(at + 8, at + 20)) * step;
    lines.set(type, BALANCES.has(type.slice(2)) && text[at + 7] === 'D' ? -rials : rials);
  }
  return lines;
}

/** Amount types that are a balance: their sign says on which side it is. Of the others it says who pays. */
const BALANCES: ReadonlySet<string> = new Set(['01', '02']);
