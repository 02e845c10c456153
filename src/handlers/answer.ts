import type { Outcome } from '../ledger/index.ts';
import type { Answer } from '../profiles/index.ts';
import { creditDates } from './credit-dates.ts';
import { CLOCK_WRONG, screenText } from './screen-text.ts';

/** The answer that a ledger's outcome stands for, now and on every repeat. */
export function answerOf(outcome: Outcome): Answer {
  const { rc, reason, rrn } = outcome;
  const approved = rc === '00' || rc === '10';
  return {
    rc,
    why: rc === '58' ? reason : undefined,
    rrn,
    authCode: approved ? outcome.authCode : undefined,
    voucherRials: approved ? outcome.voucherRials : undefined,
    cardRials: approved ? outcome.cardRials : undefined,
    cashRials: approved ? outcome.cashRials : undefined,
    creditLeftRials: approved ? outcome.creditLeftRials : undefined,
    creditDates: approved ? creditDates(outcome) : undefined,
    lines: outcome.lines,
    quoteRef: outcome.quoteRef,
    receiptToken: outcome.receiptToken,
    text: screenText(rc, reason, outcome.good?.nameFa),
    fault: reason === CLOCK_WRONG ? '13' : outcome.fault,
    passThrough: outcome.passThrough,
  };
}

/** The answer to an ordinary transaction: the bank's. Nobody asked for the household's voucher credit, so nothing is said of it. */
export function answerOfForward(outcome: Outcome): Answer {
  const cardRials = outcome.rc === '00' ? outcome.cardRials : undefined;
  const unasked = { voucherRials: undefined, cashRials: undefined, creditLeftRials: undefined, creditDates: undefined };
  return { ...answerOf(outcome), ...unasked, cardRials };
}

/** A refusal that the ledger never saw.
 *  @param rrn see `refusalRrn` */
export function refuse(rc: string, rrn?: string, fault?: string, reason?: string): Answer {
  return { rc, rrn, text: screenText(rc, reason), fault };
}

/** Refuses one request; what is refused has an RRN of its own. */
export type Refuse = (rc: string, fault?: string, reason?: string) => Answer;

/** A refusal, and why, for the log. */
export function because(answer: Answer, why: string): Answer {
  return { ...answer, why };
}
