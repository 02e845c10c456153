import type { TerminalTotals } from '../ledger/index.ts';
import {
  netRials,
  type Answer,
  type Total,
  type Claim,
  type ClaimedTotals,
  type Transaction,
} from '../profiles/index.ts';
import { refuse } from './answer.ts';
import { isOfAnotherMerchant, type Context } from './context.ts';
import { screenText } from './screen-text.ts';

/** Terminal totals (0500, 0520): 00 when they agree with the open business day of that terminal, 95 when not; what the
 *  gateway counts is told either way (wire.md 3). */
export async function totals(tx: Extract<Transaction, { kind: 'totals' }>, context: Context): Promise<Answer> {
  if (isOfAnotherMerchant(tx, context)) return refuse('03');
  const ours = await context.ports.ledger.totals(tx.terminal);
  const rc = agree(tx.claimed, inSteps(ours, tx.unit?.stepRials ?? 1n)) ? '00' : '95';
  return { rc, text: screenText(rc), totals: ours };
}

/** What of it a terminal can say: on the day on which its unit changes, purchases of before are no whole steps. */
function inSteps(ours: TerminalTotals, step: bigint): TerminalTotals {
  const of = ({ count, rials }: Total): Total => ({ count, rials: rials - (rials % step) });
  const { purchases, reversals, returns, returnReversals } = ours;
  return {
    ...ours,
    ...{ purchases: of(purchases), reversals: of(reversals) },
    ...{ returns: of(returns), returnReversals: of(returnReversals) },
  };
}

function agree(claimed: ClaimedTotals, ours: TerminalTotals): boolean {
  return (
    fits(claimed.debits, ours.purchases) &&
    fits(claimed.debitReversals, ours.reversals) &&
    fits(claimed.credits, ours.returns) &&
    fits(claimed.creditReversals, ours.returnReversals) &&
    claimed.others === 0n &&
    (claimed.netRials === undefined || claimed.netRials === netRials(ours))
  );
}

/** What the terminal left out it does not claim, unless there is something to claim. */
function fits(claim: Claim, ours: Total): boolean {
  return (claim.count ?? 0) === ours.count && (claim.rials ?? 0n) === ours.rials;
}
