import type { Answer, Transaction } from '../profiles/index.ts';
import { answerOfForward } from './answer.ts';
import { bankRequest, ledgerHeader, type Context } from './context.ts';
import { conclude } from './decision.ts';

/** An ordinary purchase (00 00 00) or bank balance inquiry (31 00 00): the bank decides, the ledger remembers. */
export async function forward(tx: Extract<Transaction, { kind: 'forward' }>, context: Context): Promise<Answer> {
  const { ledger, bank } = context.ports;
  const decision = await ledger.forward({
    totalRials: tx.totalRials,
    ...ledgerHeader(tx, context),
  });
  return conclude(
    decision,
    context,
    (held) => bank.forward(bankRequest(tx, context, held), tx.processingCode, tx.totalRials),
    answerOfForward,
  );
}
