import { DAY_MS } from '../ops/clock.ts';

/** A complaint about a purchase (people.md 8): where it stands follows from its facts alone. Pure. */

export const COMPLAINT_KINDS = ['deducted', 'amount', 'not_paid', 'overcharged', 'refused_to_sell'] as const;
export type ComplaintKind = (typeof COMPLAINT_KINDS)[number];

/** What the system finds when it looks at the purchase.
 *  - `in_doubt`: the bank is being asked · `reversing`: a reversal is on its way to the bank · `not_deducted`: refused, and nothing was
 *    taken · `reversed`: undone, everything went back · `returned`: it went back since · `paid`: the shop was paid for it
 *  - `due`: it is on its way to the shop, in time · `stands`: approved as it is recorded; a person has to look */
export const FINDINGS = [
  'in_doubt',
  'reversing',
  'not_deducted',
  'reversed',
  'returned',
  'paid',
  'due',
  'stands',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** Findings that end by themselves: the system waits for them, and then looks again. */
const PASSING: readonly Finding[] = ['in_doubt', 'reversing', 'due'];
/** Findings that answer a complaint of a kind. */
const ANSWERS: Readonly<Record<ComplaintKind, readonly Finding[]>> = {
  deducted: ['in_doubt', 'reversing', 'not_deducted', 'reversed', 'returned'],
  amount: ['in_doubt', 'reversing', 'reversed', 'returned'],
  not_paid: ['in_doubt', 'reversing', 'not_deducted', 'reversed', 'returned', 'paid', 'due'],
  overcharged: ['reversed', 'returned'],
  refused_to_sell: [],
};

export const REMEDIES = ['return', 'credit_shop', 'debit_shop', 'none'] as const;
/** `return`: credit goes back to the household · `credit_shop`, `debit_shop`: the shop's next net · `none`: no money moves. */
export type Remedy = (typeof REMEDIES)[number];

export interface ComplaintFacts {
  readonly kind: ComplaintKind;
  /** Instants are ms since the epoch. */
  readonly filedAt: number;
  readonly finding: Finding;
  readonly foundAt: number;
  /** Of a passing finding: when it is over. */
  readonly findingUntil?: number | undefined;
  /** The complainant says that the system's answer does not settle it. */
  readonly contestedAt?: number | undefined;
  /** Support asked the complainant for something. */
  readonly askedAt?: number | undefined;
  readonly answeredAt?: number | undefined;
  readonly proposal?: { readonly at: number; readonly by: string } | undefined;
  readonly ended?: { readonly at: number; readonly how: 'accepted' | 'refused' | 'withdrawn' } | undefined;
}

export const COMPLAINT_STATES = [
  'WATCHED',
  'ANSWERED',
  'OPEN',
  'ASKED',
  'LAPSED',
  'PROPOSED',
  'ACCEPTED',
  'REFUSED',
  'WITHDRAWN',
] as const;
export type ComplaintState = (typeof COMPLAINT_STATES)[number];

export const COMPLAINT_ACTS = [
  'contest',
  'answer',
  'withdraw',
  'ask',
  'propose',
  'refuse',
  'approve',
  'reject',
  'wait',
] as const;
export type ComplaintAct = (typeof COMPLAINT_ACTS)[number];

export interface ComplaintWaiting {
  readonly on: 'system' | 'bank' | 'complainant' | 'support' | 'second_person';
  readonly since: number;
  /** Infinity: it has no end of its own. */
  readonly until: number;
  /** What that party can do now. */
  readonly can: readonly ComplaintAct[];
}

export interface ComplaintPosition {
  readonly state: ComplaintState;
  /** Undefined: it has ended. */
  readonly waiting?: ComplaintWaiting;
}

/** Support has so long to look, the complainant to answer, the second person to decide; the system's answer may be contested so long. */
export const SUPPORT_MS = 3 * DAY_MS;
const ANSWER_MS = 10 * DAY_MS;
const SECOND_MS = 2 * DAY_MS;
export const CONTEST_MS = 30 * DAY_MS;

/** Where a complaint stands, from its facts alone. */
export function complaintPosition(facts: ComplaintFacts, now: number): ComplaintPosition {
  const { ended, proposal, askedAt, answeredAt } = facts;
  if (ended !== undefined) return { state: ENDS[ended.how] };
  if (proposal !== undefined) {
    return waits('PROPOSED', 'second_person', proposal.at, proposal.at + SECOND_MS, ['approve', 'reject']);
  }
  if (askedAt !== undefined && (answeredAt === undefined || answeredAt < askedAt)) {
    const until = askedAt + ANSWER_MS;
    if (now < until) return waits('ASKED', 'complainant', askedAt, until, ['answer', 'withdraw']);
    return waits('LAPSED', 'complainant', until, Infinity, ['answer']);
  }
  if (isAnswered(facts)) return answered(facts, now);
  const since = Math.max(facts.filedAt, facts.contestedAt ?? 0, answeredAt ?? 0);
  return waits('OPEN', 'support', since, since + SUPPORT_MS, ['ask', 'propose', 'refuse']);
}

const ENDS = { accepted: 'ACCEPTED', refused: 'REFUSED', withdrawn: 'WITHDRAWN' } as const;

/** Whether the finding answers the complaint, and nobody said that it does not. */
function isAnswered({ kind, finding, contestedAt }: ComplaintFacts): boolean {
  return contestedAt === undefined && ANSWERS[kind].includes(finding);
}

/** A finding that passes is watched until it is over; then, unless the system found something else, a person looks. */
function answered(facts: ComplaintFacts, now: number): ComplaintPosition {
  const { finding, foundAt, findingUntil = foundAt } = facts;
  if (!PASSING.includes(finding)) {
    // The complainant need not say that it is settled: after a while it is.
    if (now >= foundAt + CONTEST_MS) return { state: 'ANSWERED' };
    return waits('ANSWERED', 'complainant', foundAt, foundAt + CONTEST_MS, ['contest', 'withdraw']);
  }
  if (now < findingUntil) {
    const party = finding === 'due' ? 'system' : 'bank';
    return waits('WATCHED', party, foundAt, findingUntil, ['wait']);
  }
  return waits('OPEN', 'support', findingUntil, findingUntil + SUPPORT_MS, ['ask', 'propose', 'refuse']);
}

function waits(
  state: ComplaintState,
  on: ComplaintWaiting['on'],
  since: number,
  until: number,
  can: readonly ComplaintAct[],
): ComplaintPosition {
  return { state, waiting: { on, since, until, can } };
}

/** Why a person may not decide a proposal; undefined: they may. It is always another than who proposed it. */
export function decisionRefused(
  facts: ComplaintFacts,
  person: string,
  now: number,
): 'not_proposed' | 'proposed_it' | undefined {
  if (complaintPosition(facts, now).state !== 'PROPOSED') return 'not_proposed';
  return facts.proposal?.by === person ? 'proposed_it' : undefined;
}
