/** What a shop has to show before it may sell: one requirement, whoever answers it (people.md 4.2). */
export const ITEM_CODES = [
  'guild_licence',
  'owner_identity',
  'tax_code',
  'sheba',
  'mobile',
  'address',
  'terminal',
  'terms',
  'relations',
] as const;
export type ItemCode = (typeof ITEM_CODES)[number];

/** `unknown`: a registry did not answer. It is never `failed`. */
export const ITEM_STATES = [
  'not_required',
  'due',
  'submitted',
  'verifying',
  'met',
  'failed',
  'unknown',
  'waived',
  'expired',
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** What happens to an item, and who does it. `check`, `hold`, `fail`, `silent`: a registry is asked and answers (or not); `accept`,
 *  `reject`, `waive`, `ask`: a person; `submit`: the applicant or a clerk; `lack`: the same, and a
 *  paper that it needs is missing; `expire`: the calendar; `require`, `drop`: the rules. */
export const ITEM_EVENTS = [
  'submit',
  'lack',
  'check',
  'hold',
  'fail',
  'silent',
  'accept',
  'reject',
  'waive',
  'ask',
  'expire',
  'require',
  'drop',
] as const;
export type ItemEvent = (typeof ITEM_EVENTS)[number];

/** From state by event to state. What is not here cannot happen: the caller is told so, and nothing changes. */
const MOVES: Readonly<Record<ItemState, Readonly<Partial<Record<ItemEvent, ItemState>>>>> = {
  not_required: { require: 'due' },
  due: { submit: 'submitted', lack: 'due', waive: 'waived', drop: 'not_required' },
  submitted: {
    submit: 'submitted',
    lack: 'due',
    check: 'verifying',
    accept: 'met',
    reject: 'failed',
    waive: 'waived',
    ask: 'due',
  },
  verifying: { submit: 'submitted', hold: 'met', fail: 'failed', silent: 'unknown', accept: 'met', reject: 'failed' },
  unknown: {
    submit: 'submitted',
    check: 'verifying',
    accept: 'met',
    reject: 'failed',
    waive: 'waived',
    ask: 'due',
  },
  failed: { submit: 'submitted', lack: 'due', accept: 'met', waive: 'waived', ask: 'due', check: 'verifying' },
  met: { expire: 'expired', ask: 'due', check: 'verifying', reject: 'failed' },
  expired: { submit: 'submitted', lack: 'due', check: 'verifying', waive: 'waived', ask: 'due' },
  waived: { expire: 'expired', ask: 'due', submit: 'submitted', check: 'verifying' },
};

/** @returns undefined: this cannot happen to an item in this state */
export function moved(state: ItemState, event: ItemEvent): ItemState | undefined {
  return MOVES[state][event];
}

/** Why an item does not hold, and what helps (the texts are rows of reason_templates, fa and en). */
export const REASON_CODES = [
  'not_readable',
  'not_the_owner',
  'not_found',
  'ended',
  'other_guild',
  'wrong_check_digit',
  'inactive',
  'address_differs',
  'not_answered',
  'model_not_served',
  'duplicate',
  'disqualified_party',
  'paper_missing',
  'not_confirmed',
  'other',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** Who can mend it: `applicant` may submit again; `person`: it needs a reviewer's decision. */
export const REMEDY: Readonly<Record<ReasonCode, 'applicant' | 'person'>> = {
  not_readable: 'applicant',
  not_the_owner: 'applicant',
  not_found: 'applicant',
  ended: 'applicant',
  other_guild: 'person',
  wrong_check_digit: 'applicant',
  inactive: 'applicant',
  address_differs: 'applicant',
  not_answered: 'person',
  model_not_served: 'applicant',
  duplicate: 'person',
  disqualified_party: 'person',
  paper_missing: 'applicant',
  not_confirmed: 'applicant',
  other: 'applicant',
};

/** One requirement item as it stands. Instants are ms since the epoch. */
export interface Item {
  readonly code: ItemCode;
  readonly state: ItemState;
  /** Rises with each submission: an answer to an older version is kept, and changes nothing. */
  readonly version: number;
  readonly since: number;
  readonly reason?: ReasonCode;
  /** What was met or waived holds until then; undefined: without an end. */
  readonly validUntil?: number;
  /** When the registry is asked again (`unknown`). */
  readonly nextCheck?: number;
}

/** Whether nothing more is asked for this item. */
export function isSettled({ state }: Item): boolean {
  return state === 'met' || state === 'waived' || state === 'not_required';
}

/** Whether the applicant has to do something. */
export function isWithApplicant({ state, reason }: Item): boolean {
  if (state === 'due' || state === 'expired') return true;
  return state === 'failed' && (reason === undefined || REMEDY[reason] === 'applicant');
}
