/** DE 54 by account and amount type (wire.md 7): `9841` voucher, `0041` card, `0004` cash due, `9802` credit left, and of a bank
 *  `0001` ledger and `0002` available balance, below zero where it says D. */
export function readAmounts(text: string | undefined): ReadonlyMap<string, bigint> {
  const lines = new Map<string, bigint>();
  for (let at = 0; text !== undefined && at + 20 <= text.length; at += 20) {
    const type = text.slice(at, at + 4);
    const rials = BigInt(text.slice(at + 8, at + 20));
    lines.set(type, BALANCES.has(type.slice(2)) && text[at + 7] === 'D' ? -rials : rials);
  }
  return lines;
}

/** Amount types that are a balance: their sign says on which side it is. Of the others it says who pays. */
const BALANCES: ReadonlySet<string> = new Set(['01', '02']);
