import type { MoneyUnit } from '../field/money-unit.ts';
import type { Answer, Totals } from './answer.ts';
import type { Transaction } from './transaction.ts';

/** An answer as a terminal hears it whose amounts are steps of a unit (docs/decisions/0088). Parts of an amount of which the unit cannot
 *  say the last rials (an old purchase that is returned) add up to the total that the terminal asked for; what is left is rounded down. */
export function inUnit(answer: Answer, tx: Transaction | undefined): Answer {
  const unit = tx?.unit;
  if (unit === undefined) return answer;
  const { stepRials: step } = unit;
  const asked = tx !== undefined && tx.kind === 'return' ? tx.totalRials : 0n;
  const { voucherRials, cardRials, cashRials, creditLeftRials, lines, totals, goods } = answer;
  const sum = (voucherRials ?? 0n) + (cardRials ?? 0n) + (cashRials ?? 0n);
  const parts = shares([voucherRials, cardRials, cashRials], unit, asked > sum);
  return {
    ...answer,
    currency: unit.numeric,
    voucherRials: parts[0],
    cardRials: parts[1],
    cashRials: parts[2],
    creditLeftRials: creditLeftRials === undefined ? undefined : creditLeftRials / step,
    lines: lines?.map((line) => ({ ...line, voucherRials: line.voucherRials / step })),
    totals: totals && totalsIn(totals, step),
    goods: goods?.map((good) => ({ ...good, capRials: good.capRials === undefined ? undefined : good.capRials / step })),
  };
} // prettier-ignore

/** Parts that add up to their sum, in steps. @param up whether the sum is rounded up */
function shares(
  parts: readonly (bigint | undefined)[],
  { stepRials: step }: MoneyUnit,
  up: boolean,
): (bigint | undefined)[] {
  let rials = 0n;
  let said = 0n;
  return parts.map((part) => {
    if (part === undefined) return undefined;
    rials += part;
    const until = (rials + (up ? step - 1n : 0n)) / step;
    const share = until - said;
    said = until;
    return share;
  });
}

function totalsIn({ purchases, reversals, returns, returnReversals }: Totals, step: bigint): Totals {
  const of = ({ count, rials }: Totals['purchases']) => ({ count, rials: rials / step });
  return { purchases: of(purchases), reversals: of(reversals), returns: of(returns), returnReversals: of(returnReversals) };
} // prettier-ignore
