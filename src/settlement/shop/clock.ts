import { addDays } from '../../field/jalali.ts';
import { nextPayaCycle, type CalendarData } from '../calendar/index.ts';
import { causeOf, type Cause, type Party } from './cause.ts';
import type { CarryFacts, DayFacts, OrderFacts } from './facts.ts';
import type { DaySum } from './lines.ts';

/** The pay clock: where each rial of a shop's day is, and who has to move it next (people.md 7). A day is paid as a whole: a purchase
 *  goes with the net of its day. Pure: it says what settlement knows, and knows nothing else. */

/** - `open`: the day is not over · `closing`: it is netted and its orders are made · `checking`: a second person looks at the files
 *  - `sending`: the files go to the bank · `bank`: the bank has them · `paid`
 *  - `held`: waits for somebody's act · `waiting`: goes with the next clearing · `small`: below the least pay-out, goes on by itself
 *  - `owing`: the shop owes it · `moved`: a later day took it up */
export type Stage =
  'open' | 'closing' | 'checking' | 'sending' | 'bank' | 'paid' | 'held' | 'waiting' | 'small' | 'owing' | 'moved';

/** A part of a day's rials. Instants are ms since the epoch. */
export interface Portion {
  /** Negative: the shop owes it. */
  readonly rials: bigint;
  readonly stage: Stage;
  /** Undefined: nobody has to do anything (paid, moved). */
  readonly waitsOn?: Party;
  readonly since?: number;
  /** By when it should have been done; undefined: it has no end of its own. */
  readonly until?: number;
  /** `until` is over. */
  readonly late: boolean;
  readonly cause?: Cause;
  readonly order?: OrderFacts;
  /** The day that took it up. */
  readonly into?: string;
  /** Of `paid`. */
  readonly paidAt?: number;
}

export interface DayPay {
  readonly day: string;
  /** When its money moves, as far as the calendar knows; an instant. */
  readonly due: number;
  readonly sum: DaySum;
  readonly moved: bigint;
  readonly fee: bigint;
  /** The fee is booked; before, it is what it will be. */
  readonly feeIsFinal: boolean;
  readonly carriedIn: bigint;
  readonly remainder: bigint;
  /** moved − fee + carriedIn − remainder: what the portions add up to. */
  readonly net: bigint;
  readonly portions: readonly Portion[];
  /** What two people gave or took by ending a difference (break) of this day; no part of its net. */
  readonly corrections: readonly Portion[];
}

/** An order is answered on the day of its cycle; a bank that says nothing so long after is late. */
export const ANSWER_MS = 6 * 3_600_000;

/** An instant of the wall clock in Tehran. */
export function instantOf(day: string, time: string): number {
  return Date.parse(`${day}T${time}:00+03:30`);
}

/** @param now ms since the epoch */
export function payOf(facts: DayFacts, calendar: CalendarData, now: number): DayPay {
  const { day, net, sum, carries, orders } = facts;
  const due = dueOf(facts, calendar);
  const fee = net?.fee ?? sum.fee;
  const moved = net?.moved ?? sum.moved;
  const carriedIn = net?.carriedIn ?? 0n;
  const remainder = net?.remainder ?? 0n;
  const made = net !== null && net.outcome !== null;
  const corrections = carries.filter(({ kind }) => kind === 'break').map((carry) => carriedPortion(carry, now));
  const left = carries.filter(({ kind }) => kind !== 'break');
  const whole = net?.net ?? moved - fee + carriedIn;
  const parts = made
    ? [
        ...orders.map((order) => orderPortion(order, left, facts, now)),
        ...left.filter(({ source }) => source.startsWith('net ')).map((carry) => carriedPortion(carry, now)),
      ]
    : [unmade(facts, whole, due, now)];
  return {
    day,
    due,
    sum,
    moved,
    fee,
    feeIsFinal: made,
    carriedIn,
    remainder,
    net: whole,
    portions: parts.filter(({ rials }) => rials !== 0n),
    corrections,
  };
}

/** A day is over at midnight: its money moves with the first cycle of the next day (clearing/make.ts). Orders name their own. */
function dueOf({ day, orders, readyTime }: DayFacts, calendar: CalendarData): number {
  const [first] = orders;
  if (first !== undefined) return payInstant(first);
  const cycle = nextPayaCycle(calendar, { day: addDays(day, 1), time: readyTime });
  return instantOf(cycle.day, cycle.time);
}

/** SATNA has no cycle: it is done by the end of the bank's day. */
export function payInstant({ payOn, cycle }: Pick<OrderFacts, 'payOn' | 'cycle'>): number {
  return instantOf(payOn, /^\d\d:\d\d$/.test(cycle) ? cycle : '14:00');
}

function unmade({ day, closed, closedAt, state, failing }: DayFacts, rials: bigint, due: number, now: number): Portion {
  if (!closed) {
    const over = instantOf(addDays(day, 1), '00:00');
    return waits(rials, 'open', 'system', instantOf(day, '00:00'), over, now);
  }
  // What stands still for want of a person: a step that failed, a clearing that nobody has begun.
  const stuck = failing || state === null;
  return waits(
    rials,
    'closing',
    stuck ? 'operator' : 'system',
    closedAt ?? instantOf(addDays(day, 1), '00:00'),
    due,
    now,
  );
}

function orderPortion(order: OrderFacts, left: readonly CarryFacts[], facts: DayFacts, now: number): Portion {
  const due = payInstant(order);
  const { rials } = order;
  const { state, madeAt, releasedAt, deliveredAt } = facts;
  switch (order.state) {
    case 'paid':
      return { rials, stage: 'paid', late: false, order, paidAt: order.changedAt };
    case 'returned':
    case 'held': {
      const carry = left.find(({ source }) => source === `order ${order.id}`);
      if (carry !== undefined) return { ...carriedPortion(carry, now), order };
      return { ...waits(rials, 'held', 'operator', order.changedAt, undefined, now), order };
    }
    case 'sent':
    case 'accepted': {
      const since = order.deliveredAt ?? deliveredAt ?? order.changedAt;
      const blocked = order.reason === 'BLCK';
      const until = blocked ? undefined : due + ANSWER_MS;
      const cause = blocked ? { cause: causeOf('BLCK') } : {};
      return { ...waits(rials, 'bank', 'bank', since, until, now), order, ...cause };
    }
    case 'made': {
      const released = state === 'released' || releasedAt !== null;
      const since = (released ? releasedAt : madeAt) ?? order.changedAt;
      const party = released && !facts.failing ? 'system' : 'operator';
      return { ...waits(rials, released ? 'sending' : 'checking', party, since, due, now), order };
    }
  }
}

/** What a net or an order left, until a later day takes it up. */
export function carriedPortion(carry: CarryFacts, now: number): Portion {
  const { rials, into, day } = carry;
  const cause: Cause =
    carry.kind === 'break' ? { code: 'correction', party: 'system', of: carry.source.slice(6) } : causeOf(carry.reason);
  const since = instantOf(addDays(day, 1), '00:00');
  if (into !== null) return { rials, stage: 'moved', late: false, into, cause, since };
  if (carry.blocked) {
    // The Sheba is another by now, or somebody proposed: it is for two operators to let it go.
    const corrected = carry.refusedSheba !== null && carry.sheba !== carry.refusedSheba;
    const party = cause.party === 'shop' && !corrected && !carry.proposed ? 'shop' : 'operator';
    return { ...waits(rials, 'held', party, since, undefined, now), cause };
  }
  if (rials < 0n) return { ...waits(rials, 'owing', 'shop', since, undefined, now), cause };
  if (carry.kind === 'small') return { ...waits(rials, 'small', 'shop', since, undefined, now), cause };
  if (cause.party === 'system') return { ...waits(rials, 'waiting', 'system', since, undefined, now), cause };
  return { ...waits(rials, 'held', cause.party, since, undefined, now), cause };
}

function waits(
  rials: bigint,
  stage: Stage,
  waitsOn: Party,
  since: number,
  until: number | undefined,
  now: number,
): Portion {
  const end = until === undefined ? {} : { until };
  return { rials, stage, waitsOn, since, ...end, late: until !== undefined && now > until };
}

/** The portion that tells how a day stands: what is most in need of somebody. Undefined: there was nothing to pay. */
export function headline(portions: readonly Portion[]): Portion | undefined {
  return portions.toSorted((a, b) => ORDER.indexOf(a.stage) - ORDER.indexOf(b.stage))[0];
}

const ORDER: readonly Stage[] = [
  'held',
  'owing',
  'waiting',
  'small',
  'closing',
  'checking',
  'sending',
  'bank',
  'open',
  'moved',
  'paid',
];

/** Which of its day's portions a purchase goes with: sales fill the portions in the order in which they were made. What the day took
 *  back, and its fees, come off the last. */
export function portionsOfSales(
  sales: readonly { readonly id: string; readonly rials: bigint }[],
  portions: readonly Portion[],
): Map<string, Portion> {
  const found = new Map<string, Portion>();
  let [index, room] = [0, portions[0]?.rials ?? 0n];
  for (const { id, rials } of sales) {
    while (room <= 0n && index < portions.length - 1) room += portions[++index]?.rials ?? 0n;
    const portion = portions[index];
    if (portion !== undefined) found.set(id, portion);
    room -= rials;
  }
  return found;
}
