import { isSettled, type Item, type ItemCode, type ReasonCode } from '../requirements/item.ts';
import type { StandingState } from './standing.ts';
import { DAY_MS } from '../../ops/clock.ts';

/** What a shop may do. Purchases and pay-outs read these, never the case (people.md 4.3). The database enforces the same rule as
 *  instants in the shop's row (ledger/migrations/0680_capabilities.sql); a test holds the two together. */
export const CAPABILITIES = ['voucher_purchase', 'card_purchase', 'payout', 'refund', 'new_terminal'] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const CAPABILITY_STATES = ['off', 'requested', 'pending', 'allowed', 'restricted'] as const;

/** Instants are ms since the epoch. */
export type CapabilityState =
  | { readonly state: 'off' | 'requested' | 'pending' }
  /** `until`: the item `because` ends then; it is to be shown again by then. */
  | { readonly state: 'allowed'; readonly until?: number; readonly because?: ItemCode }
  | {
      readonly state: 'restricted';
      readonly reason: Restriction;
      readonly remedy: Remedy;
      readonly since: number;
      /** It ends by itself then. */
      readonly until?: number;
    };

/** The shop's standing, what a file says of it, or the item that holds no more and why. */
export type Restriction =
  | { readonly of: 'standing'; readonly standing: StandingState }
  | { readonly of: 'list'; readonly status: 'suspended' }
  | { readonly of: 'item'; readonly item: ItemCode; readonly code?: ReasonCode };

/** What helps: to wait, to answer the notice or appeal, to show the item again, to ask whoever keeps the list; `none`: it is for good. */
export type Remedy = 'wait' | 'appeal' | 'show_again' | 'ask' | 'none';

/** The items that each capability rests on. */
export const RESTS_ON: Readonly<Record<Capability, readonly ItemCode[]>> = {
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
  refund: [],
  new_terminal: ['guild_licence', 'owner_identity', 'tax_code', 'address', 'relations'],
};

/** Standing comes before papers. What a customer brings back is taken while the shop is there, and what a shop is owed is paid to it
 *  in the end: only a suspension, which ends soon, holds a pay-out. */
export const STOPPED_BY: Readonly<Record<StandingState, readonly Capability[]>> = {
  ACTIVE: [],
  RESTRICTED: ['new_terminal'],
  SUSPENDED: ['voucher_purchase', 'card_purchase', 'payout', 'new_terminal'],
  DISQUALIFIED: ['voucher_purchase', 'card_purchase', 'new_terminal'],
  CLOSED: ['voucher_purchase', 'card_purchase', 'refund', 'new_terminal'],
};

/** All that decides a capability. */
export interface ShopFacts {
  /** Of a shop that works: what it has shown last. Of an applicant: the items of its case. Of a shop from a file: none. */
  readonly items: readonly Item[];
  /** What files or an approval say of it; undefined: its application is not approved. */
  readonly listed?: 'applied' | 'approved' | 'suspended';
  readonly listedAt?: number;
  readonly standing: StandingState;
  readonly standingSince: number;
  /** When that ends by itself. */
  readonly standingUntil?: number;
  /** The applicant went no further: withdrawn, refused or lapsed. */
  readonly ended?: boolean;
}

export function capabilityOf(capability: Capability, facts: ShopFacts, now: number): CapabilityState {
  const { listed, standing } = facts;
  if (listed === undefined) return wanted(facts);
  if (listed === 'applied') return { state: 'pending' };
  if (listed === 'suspended') {
    const reason = { of: 'list', status: 'suspended' } as const;
    return { state: 'restricted', reason, remedy: 'ask', since: facts.listedAt ?? 0 };
  }
  if (STOPPED_BY[standing].includes(capability)) return stopped(facts);
  const first = firstEnd(facts.items.filter(({ code }) => RESTS_ON[capability].includes(code)));
  if (first === undefined) return { state: 'allowed' };
  const { code, reason } = first.item;
  if (now < first.end) return { state: 'allowed', until: first.end, because: code };
  return {
    state: 'restricted',
    reason: { of: 'item', item: code, ...(reason === undefined ? {} : { code: reason }) },
    remedy: 'show_again',
    since: first.end,
  };
}

/** An applicant asks for everything at once. */
function wanted({ items, ended }: ShopFacts): CapabilityState {
  if (ended === true || items.length === 0) return { state: 'off' };
  return { state: items.some(({ state }) => state === 'due') ? 'requested' : 'pending' };
}

function stopped({ standing, standingSince, standingUntil }: ShopFacts): CapabilityState {
  const remedy = standing === 'CLOSED' ? 'none' : standing === 'SUSPENDED' ? 'wait' : 'appeal';
  return {
    state: 'restricted',
    reason: { of: 'standing', standing },
    remedy,
    since: standingSince,
    ...(standingUntil === undefined ? {} : { until: standingUntil }),
  };
}

/** The item that ends first; undefined: none ends. */
function firstEnd(items: readonly Item[]): { item: Item; end: number } | undefined {
  const ends = items.map((item) => ({ item, end: endOf(item) })).filter(({ end }) => end !== Infinity);
  return ends.toSorted((one, other) => one.end - other.end)[0];
}

/** Until when a shop may rest on an item. What is looked at again, or not answered by a registry, holds meanwhile. */
function endOf(item: Item): number {
  if (item.state === 'failed') return item.since;
  if (item.state === 'due' || item.state === 'expired') return afterHours(item.since);
  if (isSettled(item) && item.validUntil !== undefined) return afterHours(item.validUntil);
  return Infinity;
}

/** 02:00 in Tehran (UTC+3:30 all year) is 22:30 UTC of the day before. */
const TWO_IN_TEHRAN_MS = 22.5 * 3_600_000;

/** The next 02:00 in Tehran at or after an instant: nothing ends in opening hours (people.md 4.3). */
export function afterHours(ms: number): number {
  return Math.ceil((ms - TWO_IN_TEHRAN_MS) / DAY_MS) * DAY_MS + TWO_IN_TEHRAN_MS;
}

/** Days before the end at which the shop is reminded. */
export const REMINDERS = [14, 7, 1] as const;

/** The reminder that is due now: the nearest to the end of those whose time has come.
 *  @param sent those that went out for this end already
 *  @returns days before the end; undefined: none is due */
export function reminderDue(until: number, now: number, sent: readonly number[]): number | undefined {
  if (now >= until) return undefined;
  const due = REMINDERS.filter((days) => until - now <= days * DAY_MS).at(-1);
  return due === undefined || sent.some((days) => days <= due) ? undefined : due;
}
