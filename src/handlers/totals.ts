import type { TerminalTotals } from '../ledger/ledger.ts';
import type { Claim, ClaimedTotals, Transaction } from '../profiles/transaction.ts';
import { refuse, tags, type Reply } from './answer.ts';
import { isOfAnotherMerchant, type Context } from './context.ts';
import { screenText } from './screen-text.ts';

/** Terminal totals (0500, 0520): 00 when they agree with the open business day of that terminal, 95 when not; what the
 *  gateway counts stands in DE 48 tag 40 either way (wire.md 3). */
export async function totals(tx: Extract<Transaction, { kind: 'totals' }>, context: Context): Promise<Reply> {
  if (isOfAnotherMerchant(tx, context)) return refuse('03');
  const ours = await context.ports.ledger.totals(tx.terminal);
  const rc = agree(tx.claimed, ours) ? '00' : '95';
  return { rc, fields: { 48: tags({ '13': screenText(rc), '40': format(ours) }) } };
}

function agree(claimed: ClaimedTotals, ours: TerminalTotals): boolean {
  return (
    fits(claimed.debits, ours.purchases) &&
    fits(claimed.debitReversals, ours.reversals) &&
    fits(claimed.credits, ours.returns) &&
    fits(claimed.creditReversals, ours.returnReversals) &&
    claimed.others === 0n &&
    (claimed.netRials === undefined || claimed.netRials === net(ours))
  );
}

/** What the terminal left out it does not claim, unless there is something to claim. */
function fits(claim: Claim, ours: { count: number; rials: bigint }): boolean {
  return (claim.count ?? 0) === ours.count && (claim.rials ?? 0n) === ours.rials;
}

/** Credits positive, as DE 97 counts them. */
function net(ours: TerminalTotals): bigint {
  return ours.returns.rials + ours.reversals.rials - ours.purchases.rials - ours.returnReversals.rials;
}

/** Tag 40: nine lines of twenty as in DE 54 (wire.md 5), each named by the element in which a terminal claims the same. */
function format(ours: TerminalTotals): string {
  const { returns, returnReversals, purchases, reversals } = ours;
  const entries = [returns, returnReversals, purchases, reversals] as const;
  const counts = entries.map(({ count }, at) => line(74 + at, '000', at, BigInt(count)));
  const amounts = entries.map(({ rials }, at) => line(86 + at, '364', at, rials));
  const sum = net(ours);
  return [...counts, ...amounts, line(97, '364', sum < 0n ? 2 : 0, sum < 0n ? -sum : sum)].join('');
}

/** What n12 can say. */
const MOST = 999_999_999_999n;

/** @param at 0 credits, 1 their reversals, 2 debits, 3 their reversals */
function line(de: number, currency: string, at: number, value: bigint): string {
  const sign = at === 0 || at === 3 ? 'C' : 'D';
  return `00${de}${currency}${sign}${String(value > MOST ? MOST : value).padStart(12, '0')}`;
}
