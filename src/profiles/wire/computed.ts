import { netRials, type Answer, type Totals } from '../answer.ts';

/** Elements that several values are computed into, and read out of again. */

/** DE 54: lines of zero are left out, the credit left is always there (wire.md 7). */
export function amountsOf({
  voucherRials,
  cardRials,
  cashRials,
  creditLeftRials,
  currency = '364',
}: Answer): string | undefined {
  const text =
    paid('9841', currency, voucherRials) +
    paid('0041', currency, cardRials) +
    paid('0004', currency, cashRials) +
    (creditLeftRials === undefined ? '' : '9802' + currency + 'C' + n12(creditLeftRials));
  return text === '' ? undefined : text;
}

function paid(type: string, currency: string, rials: bigint | undefined): string {
  return rials === undefined || rials === 0n ? '' : type + currency + 'D' + n12(rials);
}

/** What n12 can say: of more, the most that it can. */
const MOST = 999_999_999_999n;

function n12(rials: bigint): string {
  return String(rials > MOST ? MOST : rials).padStart(12, '0');
}

const AMOUNT_TYPES = { voucher: '9841', card: '0041', cash: '0004', left: '9802' } as const;

/** The rials of each line of a DE 54. */
export function amountsIn(text: string | undefined): Partial<Record<keyof typeof AMOUNT_TYPES, string>> {
  const found: Partial<Record<keyof typeof AMOUNT_TYPES, string>> = {};
  for (let at = 0; text !== undefined && at + 20 <= text.length; at += 20) {
    for (const [name, type] of Object.entries(AMOUNT_TYPES)) {
      if (text.startsWith(type, at)) found[name as keyof typeof AMOUNT_TYPES] = text.slice(at + 8, at + 20);
    }
  }
  return found;
}

/** What the gateway counts, for DE 48 tag 40: nine lines of twenty as in DE 54 (wire.md 5), each named by the element in which a
 *  terminal claims the same. */
export function formatTotals(totals: Totals, currency = '364'): string {
  const { returns, returnReversals, purchases, reversals } = totals;
  const entries = [returns, returnReversals, purchases, reversals] as const;
  const counts = entries.map(({ count }, at) => line(74 + at, '000', at, BigInt(count)));
  const amounts = entries.map(({ rials }, at) => line(86 + at, currency, at, rials));
  const net = netRials(totals);
  return [...counts, ...amounts, line(97, currency, net < 0n ? 2 : 0, net < 0n ? -net : net)].join('');
}

/** @param at 0 credits, 1 their reversals, 2 debits, 3 their reversals */
function line(de: number, currency: string, at: number, value: bigint): string {
  const sign = at === 0 || at === 3 ? 'C' : 'D';
  return `00${de}${currency}${sign}${n12(value)}`;
}
