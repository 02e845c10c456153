import type { FieldInput, Message, MessageInput } from '../codec/index.ts';
import { answerMti, classOf } from '../field/mti.ts';
import type { Outcome } from '../ledger/ledger.ts';
import { transmissionDateTime } from '../ops/clock.ts';
import { CLOCK_WRONG, screenText } from './screen-text.ts';

/** Fields of an answer beyond those echoed, by DE number. */
export type AnswerFields = Readonly<Record<number, FieldInput | undefined>>;

/** What a handler answers: the response code and what it adds. */
export interface Reply {
  readonly rc: string;
  readonly fields: AnswerFields;
  /** For the log: why it was refused, where the code alone does not say. No value of a field. */
  readonly why?: string;
}

/** What each answer repeats of its request (wire.md 3, column E). */
const ECHOED: Readonly<Record<string, readonly number[]>> = {
  '02': [2, 3, 4, 11, 12, 13, 24, 32, 41, 42, 49],
  '04': [2, 3, 4, 11, 12, 13, 24, 32, 37, 38, 41, 42, 49, 90, 95],
  '05': [11, 12, 13, 24, 32, 41, 42],
  '08': [11, 12, 13, 24, 32, 41, 42, 70],
};
const ECHOED_ALWAYS: readonly number[] = [3, 11, 12, 13, 24, 32, 41, 42];

/** The answer to `request`, without its MAC. The order and content of everything but DE 7 depend on nothing but the
 *  request and the reply, so that a repeat gets the same bytes (wire.md 9.1). */
export function buildAnswer(request: Pick<Message, 'mti' | 'get'>, reply: Reply, now: number): MessageInput {
  const fields: Record<number, FieldInput> = { 7: transmissionDateTime(now), 39: reply.rc };
  for (const de of ECHOED[classOf(request.mti)] ?? ECHOED_ALWAYS) {
    const value = request.get(de);
    if (value !== undefined) fields[de] = value;
  }
  for (const de in reply.fields) {
    const value = reply.fields[de];
    if (value !== undefined) fields[de] = value;
  }
  const named = request.mti.startsWith('04') ? request.get(37) : undefined;
  if (named !== undefined) fields[37] = named; // a reversal's RRN is the terminal's
  return { mti: answerMti(request.mti), fields };
}

/** The reply that a ledger's outcome stands for: DE 37, 38, 39, 48, 54 (wire.md 5, 7). */
export function replyOf(outcome: Outcome): Reply {
  const approved = outcome.rc === '00' || outcome.rc === '10';
  return {
    rc: outcome.rc,
    fields: {
      37: outcome.rrn,
      38: approved ? outcome.authCode?.padEnd(6) : undefined, // an6 is left-justified
      48: privateData(outcome),
      54: approved ? amounts(outcome) : undefined,
      ...outcome.passThrough,
    },
    ...(outcome.rc === '58' && { why: outcome.reason }),
  };
}

/** A refusal, and why, for the log. */
export function because(reply: Reply, why: string): Reply {
  return { ...reply, why };
}

/** The reply to an ordinary transaction: the bank's. Nobody asked for the household's voucher credit, so nothing is said of it. */
export function replyOfForward(outcome: Outcome): Reply {
  const reply = replyOf(outcome);
  const card = reply.rc === '00' ? amountLine('0041', 'D', outcome.cardRials) : '';
  return { ...reply, fields: { ...reply.fields, 54: outcome.passThrough?.['54'] ?? (card === '' ? undefined : card) } };
}

/** A refusal that the ledger never saw. It has an RRN too (DE 37 is mandatory), see `refusalRrn`. */
export function refuse(rc: string, rrn?: string, path?: string, reason?: string): Reply {
  return { rc, fields: { 37: rrn, 48: tags({ '13': screenText(rc, reason), '90': path }) } };
}

function privateData(outcome: Outcome): FieldInput | undefined {
  const verdicts = outcome.lines?.map((line) => line.verdict + digits(line.voucherRials, 12)).join('');
  return tags({
    '11': outcome.receiptToken,
    '12': verdicts,
    '13': screenText(outcome.rc, outcome.reason),
    '14': outcome.quoteRef,
    '90': outcome.reason === CLOCK_WRONG ? '13' : outcome.fault,
  });
}

/** DE 48 of the tags that have a value; undefined when none has. */
export function tags(values: Readonly<Record<string, string | undefined>>): FieldInput | undefined {
  let present: Record<string, string> | undefined;
  for (const tag in values) {
    const value = values[tag];
    if (value !== undefined) (present ??= {})[tag] = value;
  }
  return present;
}

/** DE 54: lines of zero are left out, the credit left is always there (wire.md 7). */
function amounts(outcome: Outcome): string {
  return (
    amountLine('9841', 'D', outcome.voucherRials) +
    amountLine('0041', 'D', outcome.cardRials) +
    amountLine('0004', 'D', outcome.cashRials) +
    creditLeft(outcome.creditLeftRials)
  );
}

/** What n12 can say. */
const MOST_RIALS = 999_999_999_999n;

/** The line of the voucher credit left, which may be zero; of more than the field can say, the most that it can. */
export function creditLeft(rials: bigint): string {
  return '9802364C' + digits(rials > MOST_RIALS ? MOST_RIALS : rials, 12);
}

function amountLine(type: string, sign: 'C' | 'D', rials: bigint): string {
  return rials === 0n ? '' : type + '364' + sign + digits(rials, 12);
}

function digits(value: bigint, length: number): string {
  return String(value).padStart(length, '0');
}
