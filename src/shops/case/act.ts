import { positionOf, reviewRefused, type CaseFacts, type Review, type ReviewRefusal } from './case.ts';
import {
  isWithApplicant,
  moved,
  type Item,
  type ItemCode,
  type ItemEvent,
  type ReasonCode,
} from '../requirements/item.ts';

/** What somebody does to a case. Instants are ms since the epoch. */
export type Act =
  | {
      readonly kind: 'item';
      readonly code: ItemCode;
      readonly event: ItemEvent;
      readonly version: number;
      readonly said?: Said;
    }
  | { readonly kind: 'submit' }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'sign'; readonly person: string; readonly verdict: Review['verdict'] };

/** What came with an event: a registry's or a reviewer's word. */
export interface Said {
  readonly reason?: ReasonCode;
  readonly validUntil?: number;
  readonly nextCheck?: number;
}

export type Refusal =
  ReviewRefusal | 'ended' | 'lapsed' | 'not_asked' | 'items_due' | 'older_version' | 'impossible' | 'not_lapsed';

export type Acted =
  { readonly ok: true; readonly facts: CaseFacts } | { readonly ok: false; readonly refusal: Refusal };

/** Who is behind an event of an item: the applicant's and the registries' come at times of their own. */
const BY_APPLICANT: readonly ItemEvent[] = ['submit', 'lack'];
const BY_PERSON: readonly ItemEvent[] = ['accept', 'reject', 'waive', 'ask'];

/** The case after an act, or why it cannot be done now: the only way in which a case changes. */
export function act(facts: CaseFacts, what: Act, now: number): Acted {
  const { state } = positionOf(facts, now);
  if (state === 'APPROVED' || state === 'REFUSED' || state === 'WITHDRAWN') return refuse('ended');
  if (what.kind === 'withdraw') return done({ ...facts, withdrawnAt: now });
  if (what.kind === 'reopen') {
    return state === 'LAPSED' ? done({ ...facts, due: now + facts.answerWithinMs }) : refuse('not_lapsed');
  }
  if (what.kind === 'item') return itemAct(facts, what, now);
  if (state === 'LAPSED') return refuse('lapsed');
  if (what.kind === 'submit') {
    if (state !== 'DRAFT') return refuse('not_asked');
    if (facts.items.some((item) => item.state === 'due')) return refuse('items_due');
    return done({ ...facts, submittedAt: now });
  }
  const refusal = reviewRefused(facts, what.person, what.verdict, now);
  if (refusal !== undefined) return refuse(refusal);
  return done({ ...facts, reviews: signed(facts.reviews, { person: what.person, verdict: what.verdict, at: now }) });
}

function itemAct(facts: CaseFacts, { code, event, version, said = {} }: Act & { kind: 'item' }, now: number): Acted {
  const { state } = positionOf(facts, now);
  const item = facts.items.find((one) => one.code === code);
  if (item === undefined) return refuse('not_asked');
  if (item.version !== version) return refuse('older_version');
  if (BY_APPLICANT.includes(event)) {
    if (state === 'LAPSED') return refuse('lapsed');
    if (state !== 'DRAFT' && state !== 'RETURNED') return refuse('not_asked');
    if (state === 'RETURNED' && !isWithApplicant(item)) return refuse('not_asked');
  }
  if (BY_PERSON.includes(event) && facts.submittedAt === undefined) return refuse('not_in_review');
  const next = moved(item.state, event);
  if (next === undefined) return refuse('impossible');
  const changed: Item = {
    code,
    state: next,
    version: BY_APPLICANT.includes(event) ? version + 1 : version,
    since: now,
    ...(said.reason === undefined ? {} : { reason: said.reason }),
    ...(said.validUntil === undefined ? {} : { validUntil: said.validUntil }),
    ...(said.nextCheck === undefined ? {} : { nextCheck: said.nextCheck }),
  };
  const items = facts.items.map((one) => (one === item ? changed : one));
  // what was signed was signed of other items
  const after: CaseFacts = { ...facts, items, reviews: [] };
  const returned = positionOf(after, now).state === 'RETURNED' && state !== 'RETURNED' && state !== 'LAPSED';
  return done(returned ? { ...after, due: now + facts.answerWithinMs } : after);
}

/** The second signature that differs from the first puts the case back to a first review. */
function signed(reviews: readonly Review[], review: Review): readonly Review[] {
  const [first] = reviews;
  return first !== undefined && first.verdict !== review.verdict ? [] : [...reviews, review];
}

/** What a registry may be asked now: what was submitted, and what did not answer and is due again. */
export function toCheck(items: readonly Item[], now: number): readonly Item[] {
  return items.filter(
    ({ state, nextCheck }) =>
      state === 'submitted' || (state === 'unknown' && nextCheck !== undefined && nextCheck <= now),
  );
}

function done(facts: CaseFacts): Acted {
  return { ok: true, facts };
}

function refuse(refusal: Refusal): Acted {
  return { ok: false, refusal };
}
