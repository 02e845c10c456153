import { addressGroup } from './address.ts';
import type { Clock } from './clock.ts';

const MAX_ADDRESSES = 10_000;

/** Something that an address may do so often. */
export class Allowance {
  readonly #perSecond: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #most: number;
  readonly #left = new Map<string, { left: number; at: number }>();

  /** @param most how many it may save up */
  constructor(perSecond: number, most: number, clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#most = most;
  }

  /** @param address as a socket says it */
  take(address: string | undefined): boolean {
    const now = this.#clock.monotonic();
    const group = addressGroup(address);
    const known = this.#left.get(group) ?? { left: this.#most, at: now };
    const left = Math.min(this.#most, known.left + ((now - known.at) * this.#perSecond) / 1_000);
    this.#left.delete(group); // the one used least lately stands first, and is forgotten first
    if (this.#left.size >= MAX_ADDRESSES) this.#left.delete(this.#left.keys().next().value ?? '');
    this.#left.set(group, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1;
  }
}
