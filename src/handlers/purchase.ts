import type { Answer, Transaction } from '../profiles/index.ts';
import { bankRequest, ledgerHeader, type Context } from './context.ts';
import { noteUnreached } from './bank/unreached.ts';
import { conclude } from './decision.ts';
import { isOutdated } from './outdated.ts';

/** A subsidised purchase (17 98 00, 17 98 98): the ledger splits and holds, the bank takes the card part or checks the
 *  PIN, the ledger captures or releases (docs/architecture.md, the path of a purchase). */
export async function purchase(tx: Extract<Transaction, { kind: 'purchase' }>, context: Context): Promise<Answer> {
  const { ledger, voucher = ledger, bank } = context.ports;
  const request = {
    totalRials: tx.totalRials,
    rest: tx.rest,
    basket: tx.basket,
    quoteRef: tx.quoteRef,
    softwareVersion: tx.softwareVersion,
    ofCard: tx.totalOf === 'card',
    confirmWithinMs: tx.confirmWithinMs,
    outdated: isOutdated(context),
    ...ledgerHeader(tx, context),
  };
  const decision = await voucher.purchase(request, tx.card.pan);
  return conclude(decision, context, async (held) => {
    const asked = bankRequest(tx, context, held);
    if (held.bank === 'pin-check') return noteUnreached(await bank.pinCheck(asked), asked.pin !== undefined);
    return bank.cardLeg(asked, held.outcome.cardRials, held.outcome.voucherRials);
  });
}
