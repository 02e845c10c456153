import { messageOf } from '../ops/errors.ts';
import type { Decision, LegResult, Outcome, TransactionRef } from '../ledger/index.ts';
import type { Answer } from '../profiles/index.ts';
import { answerOf } from './answer.ts';
import type { Context } from './context.ts';
import { outcomeUnknown } from './doubt.ts';

export type Held = Extract<Decision, { kind: 'held' }>;

/** How often a repeat looks whether the first is decided. */
const POLL_MS = 100;
/** A database that fails over is back within seconds: the outcome is worth asking for again, even a little late. */
const RETRY_MS = 200;
const LATE_MS = 2_000;

/** Turns the ledger's decision into an answer: asks the bank where credit is held, waits where the first of the same
 *  request is still with the bank. No approval leaves before `complete` is durable (wire.md 9.2). */
export function conclude(
  decision: Decision,
  context: Context,
  ask: (held: Held) => Promise<LegResult>,
  answer: (outcome: Outcome) => Answer = answerOf,
): Answer | Promise<Answer> {
  switch (decision.kind) {
    case 'approved':
    case 'declined':
    case 'repeat':
      return answer(decision.outcome);
    case 'conflict':
      return context.refuse('94');
    case 'pending':
      return awaitOutcome(decision.ref, context).then((outcome) =>
        outcome === undefined ? context.refuse('68') : answer(outcome),
      );
    case 'held':
      return ask(decision)
        .then((leg) => completed(decision.ref, leg, context))
        .then(answer);
  }
}

const UNSTORABLE: LegResult = { kind: 'doubt', rc: '96', why: 'what the bank answered could not be stored' };

/** `complete` gives its first outcome however often it is called, so a lost database connection is no reason for doubt. What the
 *  database refuses of a bank's answer it will refuse again: then the leg is in doubt.
 *  @throws what the ledger threw, when it could not be said in time: the sweeper ends the transaction */
async function completed(ref: TransactionRef, answered: LegResult, context: Context): Promise<Outcome> {
  const { ledger, voucher = ledger, clock, log, bankTimeoutMs } = context.ports;
  const patience = Math.max(context.receivedAt + bankTimeoutMs, clock.now() + LATE_MS);
  let leg = answered;
  for (;;) {
    try {
      return await voucher.complete(ref, leg);
    } catch (error) {
      log.error(
        { transaction: ref.transactionId, leg: leg.kind, error: messageOf(error) },
        'an outcome cannot be written',
      );
      if (clock.now() > patience)
        throw new Error('the outcome of a bank leg could not be written in time', { cause: error });
      if (!outcomeUnknown(error)) leg = UNSTORABLE;
    }
    await clock.sleep(RETRY_MS);
  }
}

/** @returns undefined: the first is still open when the repeat's patience ends. The terminal reverses, and loses nothing. */
async function awaitOutcome(ref: TransactionRef, context: Context): Promise<Outcome | undefined> {
  const { ledger, clock, bankTimeoutMs } = context.ports;
  const patience = context.receivedAt + bankTimeoutMs;
  for (;;) {
    const outcome = await ledger.outcome(ref);
    if (outcome !== undefined || clock.now() > patience) return outcome;
    await clock.sleep(POLL_MS);
  }
}
