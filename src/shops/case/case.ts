import { isSettled, isWithApplicant, type Item, type ItemCode } from '../requirements/item.ts';

export const CASE_STATES = [
  'DRAFT',
  'SUBMITTED',
  'CHECKING',
  'RETURNED',
  'REVIEW_1',
  'REVIEW_2',
  'APPROVED',
  'REFUSED',
  'WITHDRAWN',
  'LAPSED',
] as const;
export type CaseState = (typeof CASE_STATES)[number];

export type Verdict = 'approve' | 'refuse';

/** What a reviewer signed. A change of any item voids it. */
export interface Review {
  readonly person: string;
  readonly verdict: Verdict;
  readonly at: number;
}

/** All that decides where a case stands: nothing else does, so that no state can be set by hand. */
export interface CaseFacts {
  readonly items: readonly Item[];
  /** Who typed it; undefined: the applicant did. */
  readonly clerk?: string;
  readonly begunAt: number;
  readonly submittedAt?: number;
  readonly withdrawnAt?: number;
  /** What the applicant has to do is due then: of a draft, or of what was returned. */
  readonly due: number;
  /** In the order they were signed; the second must be of another person. */
  readonly reviews: readonly Review[];
  /** A review is to be signed so long after it can be. */
  readonly reviewWithinMs: number;
  /** The applicant has so long to answer what is returned. */
  readonly answerWithinMs: number;
}

/** The one party that an unfinished case waits on, since when and until when, and what that party can do now (people.md 4.2). */
export interface Waiting {
  readonly on: 'applicant' | 'registry' | 'reviewer' | 'system';
  readonly since: number;
  readonly until: number;
  readonly can: readonly CaseAct[];
  /** What it is about; empty: the whole case. */
  readonly items: readonly ItemCode[];
}

export type CaseAct = 'fill_in' | 'submit' | 'withdraw' | 'reopen' | 'wait' | 'decide' | 'return' | 'waive';

export interface Position {
  readonly state: CaseState;
  /** Undefined: the case has ended. */
  readonly waiting?: Waiting;
}

/** Checks run on their own; a person is told when they have not ended by then. */
const CHECKED_WITHIN_MS = 60_000;

/** Where a case stands, from its facts alone. */
export function positionOf(facts: CaseFacts, now: number): Position {
  if (facts.withdrawnAt !== undefined) return { state: 'WITHDRAWN' };
  const [first, second] = facts.reviews;
  if (first !== undefined && second !== undefined) {
    return { state: second.verdict === 'approve' ? 'APPROVED' : 'REFUSED' };
  }
  if (facts.submittedAt === undefined) return withApplicant(facts, now, 'DRAFT', facts.begunAt, facts.items);
  const asked = facts.items.filter(isWithApplicant);
  if (asked.length > 0) return withApplicant(facts, now, 'RETURNED', latest(asked), asked);
  return first === undefined ? inChecking(facts, facts.submittedAt) : inReview(facts, 'REVIEW_2', first.at);
}

function withApplicant(
  facts: CaseFacts,
  now: number,
  state: 'DRAFT' | 'RETURNED',
  since: number,
  items: readonly Item[],
): Position {
  const codes = items.filter(isWithApplicant).map(({ code }) => code);
  if (now < facts.due) {
    const can = codes.length === 0 ? (['submit', 'withdraw'] as const) : (['fill_in', 'submit', 'withdraw'] as const);
    return { state, waiting: { on: 'applicant', since, until: facts.due, can, items: codes } };
  }
  const waiting: Waiting = { on: 'applicant', since: facts.due, until: Infinity, can: ['reopen'], items: codes };
  return { state: 'LAPSED', waiting };
}

/** Registries first; what they cannot say is a person's to decide. */
function inChecking(facts: CaseFacts, submittedAt: number): Position {
  const open = facts.items.filter(({ state }) => state === 'submitted');
  if (open.length > 0) return checking('SUBMITTED', 'system', open, Math.max(submittedAt, latest(open)));
  const asked = facts.items.filter(({ state }) => state === 'verifying');
  if (asked.length > 0) return checking('CHECKING', 'registry', asked, latest(asked));
  const silent = facts.items.filter(({ state, nextCheck }) => state === 'unknown' && nextCheck !== undefined);
  if (silent.length > 0) {
    const until = Math.min(...silent.map(({ nextCheck }) => nextCheck ?? Infinity));
    return {
      state: 'CHECKING',
      waiting: waitingOn('registry', silent, Math.min(...silent.map(({ since }) => since)), until),
    };
  }
  return inReview(facts, 'REVIEW_1', Math.max(submittedAt, latest(facts.items)));
}

function checking(
  state: 'SUBMITTED' | 'CHECKING',
  on: 'system' | 'registry',
  items: readonly Item[],
  since: number,
): Position {
  return { state, waiting: waitingOn(on, items, since, since + CHECKED_WITHIN_MS) };
}

function waitingOn(on: 'system' | 'registry', items: readonly Item[], since: number, until: number): Waiting {
  return { on, since, until, can: ['wait'], items: items.map(({ code }) => code) };
}

function inReview(facts: CaseFacts, state: 'REVIEW_1' | 'REVIEW_2', since: number): Position {
  const items = facts.items.filter((item) => !isSettled(item)).map(({ code }) => code);
  const can: readonly CaseAct[] = items.length === 0 ? ['decide', 'return'] : ['decide', 'return', 'waive'];
  return { state, waiting: { on: 'reviewer', since, until: since + facts.reviewWithinMs, can, items } };
}

function latest(items: readonly Item[]): number {
  return Math.max(...items.map(({ since }) => since));
}

/** Why this person may not sign this review; undefined: they may. Whoever typed the case and its reviewers are different persons,
 *  and what is not settled cannot be approved. */
export function reviewRefused(
  facts: CaseFacts,
  person: string,
  verdict: Verdict,
  now: number,
): ReviewRefusal | undefined {
  const { state } = positionOf(facts, now);
  if (state !== 'REVIEW_1' && state !== 'REVIEW_2') return 'not_in_review';
  if (person === facts.clerk) return 'typed_it';
  if (facts.reviews.some((review) => review.person === person)) return 'signed_before';
  if (verdict === 'approve' && !facts.items.every(isSettled)) return 'items_open';
  return undefined;
}

export type ReviewRefusal = 'not_in_review' | 'typed_it' | 'signed_before' | 'items_open';
