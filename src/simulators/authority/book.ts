import { createHash } from 'node:crypto';
import { tehran } from '../../ops/clock.ts';

/** What the simulated authority keeps: credit of cards, and orders. Amounts are rials. */

export type OrderState = 'ordered' | 'reserved' | 'confirmed' | 'cancelled' | 'lapsed' | 'reversed';

export interface SimulatedOrder {
  readonly orderId: string;
  readonly orderTrace: string;
  readonly totalRials: bigint;
  readonly merchant: string;
  readonly terminal: string;
  state: OrderState;
  pan: string;
  subsidizedRials: bigint;
  /** The end of its reservation, ms. */
  until: number;
  rrn: string;
  confirmedDay: string;
  reversedDay: string;
}

export interface ListLine {
  readonly orderId: string;
  readonly orderTrace: string;
  readonly state: 'confirmed' | 'reversed';
  readonly subsidizedRials: string;
  readonly merchant: string;
  readonly terminal: string;
  readonly rrn: string;
}

/** Every act may be repeated, and then changes nothing. */
export class AuthorityBook {
  readonly orders = new Map<string, SimulatedOrder>();
  readonly #credit = new Map<string, bigint>();
  readonly #tokens = new Map<string, string>();
  readonly #creditRials: bigint;
  #serial = 0;

  /** @param creditRials what each card has at first */
  constructor(creditRials: bigint) {
    this.#creditRials = creditRials;
  }

  creditOf(pan: string): bigint {
    return this.#credit.get(pan) ?? this.#creditRials;
  }

  setCredit(pan: string, rials: bigint): void {
    this.#credit.set(pan, rials);
  }

  tokenOf(pan: string): string {
    const token = createHash('sha256').update(`card ${pan}`).digest('hex').slice(0, 32);
    this.#tokens.set(token, pan);
    return token;
  }

  panOf(card: { readonly pan?: string; readonly token?: string }): string | undefined {
    return card.pan ?? (card.token === undefined ? undefined : this.#tokens.get(card.token));
  }

  order(made: Pick<SimulatedOrder, 'orderId' | 'totalRials' | 'merchant' | 'terminal'>): SimulatedOrder {
    const known = this.orders.get(made.orderId);
    if (known !== undefined) return known;
    const order: SimulatedOrder = {
      ...made,
      orderTrace: `T${++this.#serial}`,
      state: 'ordered',
      pan: '',
      subsidizedRials: 0n,
      until: 0,
      rrn: '',
      confirmedDay: '',
      reversedDay: '',
    };
    this.orders.set(order.orderId, order);
    return order;
  }

  /** @returns why not; undefined: it is reserved */
  reserve(order: SimulatedOrder, pan: string | undefined, seconds: number, now: number): string | undefined {
    this.lapse(now);
    if (order.state === 'reserved') return undefined;
    if (order.state !== 'ordered') return 'order.over';
    if (pan === undefined) return 'card.unknown';
    const credit = this.creditOf(pan);
    if (credit === 0n) return 'credit.none';
    order.pan = pan;
    order.subsidizedRials = credit < order.totalRials ? credit : order.totalRials;
    this.#credit.set(pan, credit - order.subsidizedRials);
    order.state = 'reserved';
    order.until = now + seconds * 1_000;
    return undefined;
  }

  confirm(order: SimulatedOrder, rrn: string, now: number): void {
    this.lapse(now);
    if (order.state !== 'reserved') return;
    order.state = 'confirmed';
    order.rrn = rrn;
    order.confirmedDay = tehran(now).isoDate;
  }

  cancel(order: SimulatedOrder, now: number): void {
    this.lapse(now);
    if (order.state === 'ordered') order.state = 'cancelled';
    if (order.state !== 'reserved') return;
    this.#giveBack(order);
    order.state = 'cancelled';
  }

  reverse(order: SimulatedOrder, now: number): void {
    if (order.state !== 'confirmed') return;
    this.#giveBack(order);
    order.state = 'reversed';
    order.reversedDay = tehran(now).isoDate;
  }

  /** Ends reservations past their time. @param which one of them, also before that */
  lapse(now: number, which?: SimulatedOrder): void {
    for (const order of this.orders.values()) {
      if (order.state !== 'reserved' || (order.until > now && order !== which)) continue;
      this.#giveBack(order);
      order.state = 'lapsed';
    }
  }

  list(day: string): ListLine[] {
    const lines: ListLine[] = [];
    for (const order of this.orders.values()) {
      const { orderId, orderTrace, merchant, terminal, rrn } = order;
      const about = { orderId, orderTrace, subsidizedRials: String(order.subsidizedRials), merchant, terminal, rrn };
      if (order.confirmedDay === day) lines.push({ ...about, state: 'confirmed' });
      if (order.reversedDay === day) lines.push({ ...about, state: 'reversed' });
    }
    return lines;
  }

  #giveBack(order: SimulatedOrder): void {
    this.#credit.set(order.pan, this.creditOf(order.pan) + order.subsidizedRials);
  }
}
