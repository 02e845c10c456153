import { REVERSAL_MS } from '../complaints/index.ts';
import type { Facts } from './facts.ts';
import type { Text } from '../field/language.ts';
import { legOutcome } from './decided.ts';
import { waitingOf } from './paid.ts';
import { factsOf, waits, type Waiting } from './step.ts';
import { ANSWERS, codeWords } from './words.ts';

/** What people ask on the phone: why was the shop not paid, why was the customer charged? Each has one answer, computed from the facts
 *  alone. Pure. */

export interface Answer {
  readonly code: string;
  readonly title: Text;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly waiting?: Waiting;
}

type Key = keyof typeof ANSWERS;
type Coded<Question extends string> = Key extends infer K
  ? K extends `${Question}.${infer Code}`
    ? Code
    : never
  : never;

function answer(
  question: 'paid' | 'charged',
  code: string,
  facts: Readonly<Record<string, unknown>>,
  waiting?: Waiting,
): Answer {
  const title = ANSWERS[`${question}.${code}` as Key];
  return { code, title, facts: factsOf(facts), ...(waiting === undefined ? {} : { waiting }) };
}

/** @param legWaiting of a transaction whose bank is being asked */
export function answersOf(
  facts: Facts,
  legWaiting: Waiting | undefined,
  now: number,
): { paid: Answer; charged: Answer } {
  return { paid: paidAnswer(facts, legWaiting, now), charged: chargedAnswer(facts, legWaiting, now) };
}

function paidAnswer(facts: Facts, legWaiting: Waiting | undefined, now: number): Answer {
  const { row, pay, disputes, orders } = facts;
  const say = (code: Coded<'paid'>, more: Readonly<Record<string, unknown>> = {}, waiting?: Waiting): Answer => answer('paid', code, more, waiting); // prettier-ignore
  if (row.kind === 'forward') return say('not_ours', { rials: row.total });
  if (row.kind !== 'purchase') return say('not_a_sale', { kind: row.kind });
  if (row.state === 'held') return say('in_doubt', {}, legWaiting);
  if (row.state === 'declined')
    return say('declined', { code: row.code, reason: row.reason, words: codeWords(row.code, row.reason) });
  const back = isWholeBack(facts);
  if (row.state === 'reversed') return say('reversed', backFacts(facts));
  if (back) return say('returned', backFacts(facts));
  if (pay === undefined || pay.rials === 0n) return say('nothing_due', { voucherRials: row.voucher, cardRials: row.cardPart, cashRials: row.cash }); // prettier-ignore
  const dispute = disputes.find(({ released, until }) => !released && until > now);
  const { at, portion, day } = pay;
  if (dispute !== undefined && at?.stage !== 'paid')
    return say('disputed', { dispute: dispute.id, rials: dispute.rials }, waits('operator', { since: dispute.at, until: dispute.until, can: 'operator.dispute' }, now)); // prettier-ignore
  const shared = {
    rials: String(pay.rials),
    businessDay: day.day,
    due: new Date(day.due).toISOString(),
    ...(row.givenBack === '0' ? {} : { givenBackRials: row.givenBack }),
  };
  if (at === undefined || portion === undefined) return say('nothing_due', shared);
  const waiting = waitingOf(at, now, facts);
  const order = orders.find(({ id }) => id === at.order?.id);
  const first = orders.find(({ id }) => id === portion.order?.id);
  const more = {
    ...shared,
    order: order?.id,
    file: order?.file,
    position: order?.position,
    bankReason: order?.reason ?? first?.reason,
    paidAt: at.paidAt === undefined ? null : new Date(at.paidAt).toISOString(),
    cause: at.cause?.code,
    of: at.cause?.of,
    // a later day took it up: the order that failed first
    firstOrder:
      first !== undefined && first.id !== order?.id
        ? { order: first.id, state: first.state, reason: first.reason }
        : null,
  };
  switch (at.stage) {
    case 'paid':
      return say('paid', more);
    case 'open':
      return say('day_open', more, waiting);
    case 'closing':
      return say('closing', more, waiting);
    case 'checking':
      return say('checking', more, waiting);
    case 'sending':
      return say('sending', more, waiting);
    case 'bank':
      return say(at.cause?.code === 'bank_blocked' ? 'bank_blocked' : 'at_bank', more, waiting);
    case 'small':
      return say('small', more, waiting);
    case 'owing':
      return say('owing', more, waiting);
    case 'held':
    case 'waiting':
    case 'moved':
      return say(CAUSES[at.cause?.code ?? ''] ?? (at.stage === 'held' ? 'held' : 'next'), more, waiting);
  }
}

/** Causes of the pay clock that have an answer of their own. */
const CAUSES: Readonly<Record<string, Coded<'paid'>>> = {
  not_explained: 'held_break',
  suspense: 'held_break',
  sheba_refused: 'bank_refused',
  bank_returned: 'bank_refused',
  sheba_changed: 'sheba_changed',
  sheba_wrong: 'sheba_wrong',
  disputed: 'disputed',
  small: 'small',
  negative: 'owing',
};

function isWholeBack({ row }: Facts): boolean {
  return (
    row.givenBack !== '0' && BigInt(row.givenBack) >= BigInt(row.voucher) + BigInt(row.cardPart) + BigInt(row.cash)
  );
}

function backFacts({ row, related }: Facts): Record<string, unknown> {
  return {
    givenBackRials: row.givenBack,
    voucherRials: row.givenVoucher,
    cardRials: row.givenCard,
    cashRials: row.givenCash,
    by: related.filter(({ state, kind }) => state !== 'declined' && (kind === 'return' || kind === 'reversal')).map(({ kind, at }) => ({ kind, at: new Date(at).toISOString() })), // prettier-ignore
  };
}

function chargedAnswer(facts: Facts, legWaiting: Waiting | undefined, now: number): Answer {
  const { row, advices } = facts;
  const say = (code: Coded<'charged'>, more: Readonly<Record<string, unknown>> = {}, waiting?: Waiting): Answer => answer('charged', code, more, waiting); // prettier-ignore
  if (row.kind !== 'purchase' && row.kind !== 'forward') return say('not_a_sale', { kind: row.kind });
  const tenders = { totalRials: row.total, voucherRials: row.voucher, cardRials: row.cardPart, cashRials: row.cash };
  if (row.state === 'held') return say('in_doubt', tenders, legWaiting);
  const refused = advices.find((advice) => advice.refused);
  const open = advices.find(({ doneAt }) => doneAt === null);
  const why = { code: row.code, reason: row.reason, words: codeWords(row.code, row.reason) };
  if (refused !== undefined)
    return say(
      'reversal_refused',
      { ...why, advice: refused.id, rials: refused.rials, bankCode: refused.code },
      waitingOfAdvice(facts, now),
    );
  if (open !== undefined)
    return say(
      'reversing',
      { ...why, advice: open.id, rials: open.rials, attempts: open.attempts },
      waitingOfAdvice(facts, now),
    );
  if (row.state === 'declined') {
    const leg = legOutcome(row);
    if (leg === 'declined') return say('declined_by_bank', why);
    return advices.length > 0 ? say('given_back', why) : say('not_charged', why);
  }
  if (row.state === 'reversed') return say('given_back', backFacts(facts));
  if (isWholeBack(facts)) return say('returned', { ...tenders, ...backFacts(facts) });
  if (row.givenBack !== '0') return say('returned_partly', { ...tenders, back: backFacts(facts) });
  return say('charged', { ...tenders, authCode: row.authCode });
}

/** Whom the customer's card part waits on. */
export function waitingOfAdvice({ advices }: Facts, now: number): Waiting | undefined {
  const refused = advices.find((advice) => advice.refused);
  if (refused !== undefined) {
    const { doneAt, queuedAt, owner } = refused;
    return waits(
      'operator',
      { since: doneAt ?? queuedAt, who: owner === 'gateway' ? undefined : owner, can: 'operator.refused' },
      now,
    );
  }
  const open = advices.find(({ doneAt }) => doneAt === null);
  return open === undefined
    ? undefined
    : waits('bank', { since: open.queuedAt, until: open.queuedAt + REVERSAL_MS, can: 'bank.reversal' }, now);
}
