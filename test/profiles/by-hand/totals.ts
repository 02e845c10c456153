import type { Message } from '../../../src/codec/index.ts';
import { netRials, type Totals } from '../../../src/profiles/answer.ts';
import type { Claim, ClaimedTotals } from '../../../src/profiles/transaction.ts';

/** What a terminal says of its day (0500/0520; ISO 8583:1987 DE 74-77 counts, 86-89 amounts, 97 net). DE 81-84 (authorisations,
 *  fees) count what the gateway has none of.
 *  Credits are returns, debits are purchases, as everywhere in ISO 8583: seen from the card. */
export function readTotals(message: Message): ClaimedTotals {
  return {
    credits: claim(message, 74, 86),
    creditReversals: claim(message, 75, 87),
    debits: claim(message, 76, 88),
    debitReversals: claim(message, 77, 89),
    netRials: signed(message.get(97)),
    others: [81, 82, 83, 84].reduce((sum, de) => sum + BigInt(message.get(de) ?? '0'), 0n),
  };
}

function claim(message: Message, countField: number, amountField: number): Claim {
  const count = message.get(countField);
  const rials = message.get(amountField);
  return {
    count: count === undefined ? undefined : Number(count),
    rials: rials === undefined ? undefined : BigInt(rials),
  };
}

/** x+n 16: C is positive, D negative. */
function signed(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const amount = BigInt(text.slice(1));
  return text.startsWith('D') ? -amount : amount;
}

/** What the gateway counts, for DE 48 tag 40: nine lines of twenty as in DE 54 (wire.md 5), each named by the element in which a
 *  terminal claims the same. */
export function formatTotals(totals: Totals): string {
  const { returns, returnReversals, purchases, reversals } = totals;
  const entries = [returns, returnReversals, purchases, reversals] as const;
  const counts = entries.map(({ count }, at) => line(74 + at, '000', at, BigInt(count)));
  const amounts = entries.map(({ rials }, at) => line(86 + at, '364', at, rials));
  const net = netRials(totals);
  return [...counts, ...amounts, line(97, '364', net < 0n ? 2 : 0, net < 0n ? -net : net)].join('');
}

/** What n12 can say. */
const MOST = 999_999_999_999n;

/** @param at 0 credits, 1 their reversals, 2 debits, 3 their reversals */
function line(de: number, currency: string, at: number, value: bigint): string {
  const sign = at === 0 || at === 3 ? 'C' : 'D';
  return `00${de}${currency}${sign}${String(value > MOST ? MOST : value).padStart(12, '0')}`;
}
