import type { Answer, Transaction } from '../profiles/index.ts';
import { ledgerHeader, type Context } from './context.ts';
import { conclude } from './decision.ts';
import { isOutdated } from './outdated.ts';

/** A voucher inquiry or quote (37 98 00): no PIN, no bank. */
export async function quote(tx: Extract<Transaction, { kind: 'quote' }>, context: Context): Promise<Answer> {
  const { ledger, voucher = ledger } = context.ports;
  const request = {
    totalRials: tx.totalRials,
    basket: tx.basket,
    rest: 'card' as const,
    softwareVersion: tx.softwareVersion,
    reserve: tx.reserve,
    outdated: tx.reserve && isOutdated(context), // a sale begins with it
    ...ledgerHeader(tx, context),
  };
  return conclude(await voucher.quote(request, tx.card.pan), context, noBank);
}

/** The release of a reserved quote (47 98 00). */
export async function releaseQuote(
  tx: Extract<Transaction, { kind: 'quote-release' }>,
  context: Context,
): Promise<Answer> {
  const { ledger, voucher = ledger } = context.ports;
  const decision = await voucher.releaseQuote({ quoteRef: tx.quoteRef, ...ledgerHeader(tx, context) });
  return conclude(decision, context, noBank);
}

function noBank(): never {
  throw new Error('the ledger held credit for a message that takes none');
}
