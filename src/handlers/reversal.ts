import type { OriginalName, ReversalOutcome } from '../ledger/index.ts';
import type { Answer, OriginalRef, Transaction } from '../profiles/index.ts';
import { refuse } from './answer.ts';
import { isOfAnotherMerchant, transactionKey, type Context } from './context.ts';

/** A reversal (0400, 0420): honoured whenever it comes, before its original, after, twice (wire.md 9.3). */
export async function reversal(tx: Extract<Transaction, { kind: 'reversal' }>, context: Context): Promise<Answer> {
  if (isOfAnotherMerchant(tx, context)) return context.refuse('03');
  const outcome = await context.ports.ledger.reverse({
    key: transactionKey(tx),
    merchant: tx.merchant,
    contentHash: context.contentHash,
    at: context.receivedAt,
    original: nameOf(tx.original),
    totalRials: tx.totalRials,
    correctedRials: tx.correctedRials,
    reason: tx.reason,
  });
  return answerOfReversal(outcome, tx.original, context);
}

/** A completion advice (0220): the goods were handed over (wire.md 3, 9.5). */
export async function advice(tx: Extract<Transaction, { kind: 'advice' }>, context: Context): Promise<Answer> {
  if (isOfAnotherMerchant(tx, context)) return context.refuse('03');
  const outcome = await context.ports.ledger.advise({
    key: transactionKey(tx),
    merchant: tx.merchant,
    contentHash: context.contentHash,
    at: context.receivedAt,
    original: nameOf(tx.original),
    totalRials: tx.totalRials,
  });
  return answerOfReversal(outcome, tx.original, context);
}

function nameOf(original: OriginalRef): OriginalName {
  return { ...original, rrn: original.rrn?.trim() };
}

function answerOfReversal(outcome: ReversalOutcome, original: OriginalRef, context: Context): Answer {
  if (outcome.kind === 'conflict') return context.refuse('94');
  // Remembered for an original that may still come: nothing of what was named is known (wire.md 9.3).
  const fault = outcome.reason === 'original.awaited' ? '90' : undefined;
  const rrn = original.rrn ?? outcome.rrn; // the terminal's, as it wrote it
  return { ...refuse(outcome.rc, rrn, fault), creditLeftRials: outcome.creditLeftRials };
}
