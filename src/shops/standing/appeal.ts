import { DAY_MS } from '../../ops/clock.ts';

/** A notice to a shop, its response, the decision and the appeal (people.md 4.4), as a pure machine. Nobody sets its state: it follows from
 *  what was said and when. Every day that passes without a word ends in favour of the shop, but for the shop's own. */
export const NOTICE_STATES = ['NOTICE', 'DECISION', 'APPEAL_OPEN', 'APPEAL', 'FINAL'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

interface Word {
  readonly person: string;
  readonly at: number;
  readonly upheld: boolean;
}

/** Instants are ms since the epoch. */
export interface NoticeFacts {
  /** When it went out: the transactions, the rule and its version, the sanction. */
  readonly notifiedAt: number;
  readonly notifiedBy: string;
  /** Undefined: the shop has not answered. */
  readonly respondedAt?: number;
  readonly decision?: Word;
  readonly appealedAt?: number;
  readonly final?: Word;
}

/** The shop may answer, and appeal, within so long; a decision is due within so long. The database has the same (apply_notice). */
export const RESPONSE_MS = 10 * DAY_MS;
export const DECISION_MS = 10 * DAY_MS;
export const APPEAL_MS = 10 * DAY_MS;
export const FINAL_MS = 15 * DAY_MS;

export interface NoticePosition {
  readonly state: NoticeState;
  /** The one party it waits on; undefined: it is final. */
  readonly on?: 'shop' | 'decider' | 'appeal_decider';
  readonly since: number;
  /** It ends by itself then. */
  readonly until?: number;
  readonly can: readonly NoticeAct['kind'][];
  /** Of a final one: whether the sanction stands. */
  readonly upheld?: boolean;
}

export type NoticeAct =
  | { readonly kind: 'respond' | 'appeal' }
  | { readonly kind: 'decide' | 'decide_appeal'; readonly person: string; readonly upheld: boolean };

/** Where it stands, on whom it waits and until when. */
export function noticePosition(facts: NoticeFacts, now: number): NoticePosition {
  const { notifiedAt, respondedAt, decision, appealedAt, final } = facts;
  if (final !== undefined) return ended(final.at, final.upheld);
  if (appealedAt !== undefined) {
    const until = appealedAt + FINAL_MS;
    if (now >= until) return ended(until, false); // nobody decided the appeal in time
    return { state: 'APPEAL', on: 'appeal_decider', since: appealedAt, until, can: ['decide_appeal'] };
  }
  if (decision !== undefined) {
    if (!decision.upheld) return ended(decision.at, false);
    const until = decision.at + APPEAL_MS;
    if (now >= until) return ended(until, true);
    return { state: 'APPEAL_OPEN', on: 'shop', since: decision.at, until, can: ['appeal'] };
  }
  const closes = notifiedAt + RESPONSE_MS;
  if (respondedAt === undefined && now < closes)
    return { state: 'NOTICE', on: 'shop', since: notifiedAt, until: closes, can: ['respond'] };
  const since = respondedAt ?? closes;
  const until = since + DECISION_MS;
  if (now >= until) return ended(until, false); // nobody decided in time
  return { state: 'DECISION', on: 'decider', since, until, can: ['decide'] };
}

function ended(since: number, upheld: boolean): NoticePosition {
  return { state: 'FINAL', since, can: [], upheld };
}

export type NoticeRefusal = 'not_now' | 'same_person';

/** The notice after an act, or why it cannot be done now. Nobody decides about their own notice, nor twice. */
export function actOnNotice(
  facts: NoticeFacts,
  what: NoticeAct,
  now: number,
): { readonly ok: true; readonly facts: NoticeFacts } | { readonly ok: false; readonly refusal: NoticeRefusal } {
  if (!noticePosition(facts, now).can.includes(what.kind)) return { ok: false, refusal: 'not_now' };
  if (!('person' in what))
    return { ok: true, facts: { ...facts, ...(what.kind === 'respond' ? { respondedAt: now } : { appealedAt: now }) } };
  const { person, upheld } = what;
  if (person === facts.notifiedBy || person === facts.decision?.person) return { ok: false, refusal: 'same_person' };
  const word = { person, upheld, at: now };
  return { ok: true, facts: what.kind === 'decide' ? { ...facts, decision: word } : { ...facts, final: word } };
}
