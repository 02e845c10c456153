import { isSettled, type Item, type ItemCode, type ReasonCode } from './item.ts';
import type { StandingState } from './standing.ts';

/** What a shop may do. Purchases and pay-outs read these, never the case (people.md 4.3). */
export const CAPABILITIES = ['voucher_purchase', 'card_purchase', 'payout', 'refund', 'new_terminal'] as const;
export type Capability = (typeof CAPABILITIES)[number];

export type CapabilityState =
  | { readonly state: 'off' | 'requested' | 'pending' }
  /** `until`: what it rests on ends then, or is to be shown again by then. */
  | { readonly state: 'allowed'; readonly until?: number; readonly because?: ItemCode }
  | { readonly state: 'restricted'; readonly reason: Restriction; readonly since: number };

/** Either the shop's standing, or the item that no longer holds and why. */
export type Restriction =
  | { readonly of: 'standing'; readonly standing: StandingState }
  | { readonly of: 'item'; readonly item: ItemCode; readonly code?: ReasonCode };

/** The items that each capability rests on. */
const RESTS_ON: Readonly<Record<Capability, readonly ItemCode[]>> = {
  voucher_purchase: [
    'guild_licence',
    'owner_identity',
    'tax_code',
    'mobile',
    'address',
    'terminal',
    'terms',
    'relations',
  ],
  card_purchase: ['owner_identity', 'tax_code', 'terminal', 'terms'],
  payout: ['owner_identity', 'sheba', 'relations'],
  refund: ['terminal', 'terms'],
  new_terminal: ['guild_licence', 'owner_identity', 'tax_code', 'address', 'relations'],
};

/** All that decides a capability. */
export interface ShopFacts {
  readonly items: readonly Item[];
  readonly standing: StandingState;
  readonly standingSince: number;
  /** When its first application was approved; undefined: not yet. */
  readonly approvedAt?: number;
  /** How long what has ended may be shown again before it counts. */
  readonly graceMs: number;
}

/** A shop's standing comes before its papers. */
const STOPPED_BY_STANDING: Readonly<Record<StandingState, readonly Capability[]>> = {
  ACTIVE: [],
  RESTRICTED: ['new_terminal'],
  SUSPENDED: CAPABILITIES,
  DISQUALIFIED: CAPABILITIES,
  // what it is owed is still paid
  CLOSED: ['voucher_purchase', 'card_purchase', 'refund', 'new_terminal'],
};

export function capabilityOf(capability: Capability, facts: ShopFacts, now: number): CapabilityState {
  const { standing, standingSince, approvedAt } = facts;
  if (STOPPED_BY_STANDING[standing].includes(capability)) {
    return { state: 'restricted', reason: { of: 'standing', standing }, since: standingSince };
  }
  const items = facts.items.filter(({ code }) => RESTS_ON[capability].includes(code));
  if (approvedAt === undefined) return { state: items.every((item) => item.state !== 'due') ? 'pending' : 'requested' };
  const ends = items.map((item) => ({ item, end: endOf(item, facts.graceMs) }));
  const first = ends.reduce<(typeof ends)[number] | undefined>(
    (least, one) => (least === undefined || one.end < least.end ? one : least),
    undefined,
  );
  if (first === undefined || first.end === Infinity) return { state: 'allowed' };
  if (now < first.end) return { state: 'allowed', until: first.end, because: first.item.code };
  const { code, reason } = first.item;
  return {
    state: 'restricted',
    reason: { of: 'item', item: code, ...(reason === undefined ? {} : { code: reason }) },
    since: first.end,
  };
}

/** Until when an approved shop may rest on an item. What is looked at again, or not answered by a registry, holds meanwhile;
 *  what a person or a registry found wrong does not. */
function endOf(item: Item, graceMs: number): number {
  if (item.state === 'failed') return item.since;
  if (item.state === 'due' || item.state === 'expired') return afterHours(item.since + graceMs);
  if (isSettled(item) && item.validUntil !== undefined) return afterHours(item.validUntil + graceMs);
  return Infinity;
}

const DAY_MS = 86_400_000;
/** 02:00 in Tehran (UTC+3:30 all year) is 22:30 UTC of the day before. */
const TWO_IN_TEHRAN_MS = 22.5 * 3_600_000;

/** The next 02:00 in Tehran at or after an instant: nothing ends in opening hours (people.md 4.3). */
export function afterHours(ms: number): number {
  return Math.ceil((ms - TWO_IN_TEHRAN_MS) / DAY_MS) * DAY_MS + TWO_IN_TEHRAN_MS;
}

/** Days before the end at which the shop is reminded. */
const REMINDERS = [14, 7, 1] as const;

/** The reminder that is due now: the nearest to the end of those whose time has come.
 *  @param sent those that went out for this end already
 *  @returns days before the end; undefined: none is due */
export function reminderDue(until: number, now: number, sent: readonly number[]): number | undefined {
  if (now >= until) return undefined;
  const due = REMINDERS.filter((days) => until - now <= days * DAY_MS).at(-1);
  return due === undefined || sent.some((days) => days <= due) ? undefined : due;
}
