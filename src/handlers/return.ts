import type { Answer, Transaction } from '../profiles/index.ts';
import { bankRequest, ledgerHeader, type Context } from './context.ts';
import { conclude } from './decision.ts';

/** A return (27 98 00): the voucher part is restored first, then the card part goes back through the bank. */
export async function returnPurchase(tx: Extract<Transaction, { kind: 'return' }>, context: Context): Promise<Answer> {
  const { ledger, bank } = context.ports;
  const decision = await ledger.return({
    totalRials: tx.totalRials,
    originalRrn: tx.originalRrn,
    ...ledgerHeader(tx, context),
  });
  return conclude(decision, context, (held) => bank.refund(bankRequest(tx, context, held), held.outcome.cardRials));
}
