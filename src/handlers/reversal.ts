import type { OriginalName, ReversalOutcome } from '../ledger/ledger.ts';
import type { OriginalRef, Transaction } from '../profiles/transaction.ts';
import { creditLeft, refuse, type Reply } from './answer.ts';
import { isOfAnotherMerchant, refusalRrn, transactionKey, type Context } from './context.ts';

/** A reversal (0400, 0420): honoured whenever it comes, before its original, after, twice (wire.md 9.3). */
export async function reversal(tx: Extract<Transaction, { kind: 'reversal' }>, context: Context): Promise<Reply> {
  if (isOfAnotherMerchant(tx, context)) return refusal('03', context);
  const outcome = await context.ports.ledger.reverse({
    key: transactionKey(tx),
    merchant: tx.merchant,
    contentHash: context.contentHash,
    at: context.receivedAt,
    original: originalName(tx.original, context),
    totalRials: tx.totalRials,
    correctedRials: tx.correctedRials,
    reason: tx.reason,
  });
  return replyOfReversal(outcome, context);
}

/** A completion advice (0220): the goods were handed over (wire.md 3, 9.5). */
export async function advice(tx: Extract<Transaction, { kind: 'advice' }>, context: Context): Promise<Reply> {
  if (isOfAnotherMerchant(tx, context)) return refusal('03', context);
  const outcome = await context.ports.ledger.advise({
    key: transactionKey(tx),
    merchant: tx.merchant,
    contentHash: context.contentHash,
    at: context.receivedAt,
    original: originalName(tx.original, context),
    totalRials: tx.totalRials,
  });
  return replyOfReversal(outcome, context);
}

/** With DE 37, which counts where DE 90 names nothing that is known. */
function originalName(original: OriginalRef, { request }: Context): OriginalName {
  return { ...original, rrn: request.get(37)?.trim() };
}

function refusal(rc: string, context: Context): Reply {
  return refuse(rc, refusalRrn(context.contentHash, context.receivedAt));
}

function replyOfReversal(outcome: ReversalOutcome, context: Context): Reply {
  if (outcome.kind === 'conflict') return refusal('94', context);
  const left = outcome.creditLeftRials;
  const rrn = context.request.get(37) ?? outcome.rrn;
  // Remembered for an original that may still come: nothing of what was named is known (wire.md 9.3).
  const path = outcome.reason === 'original.awaited' ? '90' : undefined;
  return {
    rc: outcome.rc,
    fields: { ...refuse(outcome.rc, rrn, path).fields, 54: left === undefined ? undefined : creditLeft(left) },
  };
}
