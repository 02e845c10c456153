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

/** Tag 40: debits, debit reversals, credits, each n10 count and n16 rials; then the net, x+n16. */
function format(ours: TerminalTotals): string {
  const part = (entry: { count: number; rials: bigint }): string =>
    String(entry.count).padStart(10, '0') + String(entry.rials).padStart(16, '0');
  const sum = net(ours);
  const sign = sum < 0n ? 'D' : 'C';
  return (
    part(ours.purchases) +
    part(ours.reversals) +
    part(ours.returns) +
    sign +
    String(sum < 0n ? -sum : sum).padStart(16, '0')
  );
}
