/** Households and what they do, of a seed: the input of both sides. */

export interface Household {
  /** From 1. */
  readonly n: number;
  readonly members: number;
  readonly decile: number;
  /** The last of the head's national id. */
  readonly digit: number;
}

/** A number below 2³² that depends on all of these and looks like chance. */
export function chance(seed: number, n: number, what: string): number {
  let hash = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(n, 0xc2b2_ae35);
  for (let i = 0; i < what.length; i++) hash = Math.imul(hash ^ what.charCodeAt(i), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb_352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846c_a68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function householdOf(seed: number, n: number): Household {
  return {
    n,
    members: 1 + (chance(seed, n, 'members') % 6),
    decile: 1 + (chance(seed, n, 'decile') % 10),
    digit: chance(seed, n, 'digit') % 10,
  };
}

export const idOf = (n: number): string => String(n).padStart(7, '0');

/** Whether a household is one of the part that a row is about. */
export const isAmong = (seed: number, n: number, group: string, oneIn: number): boolean =>
  chance(seed, n, group) % oneIn === 0;

/** The other decile or digit that a household gets. */
export const otherOf = (seed: number, n: number, name: string, change: 'decile' | 'digit'): number =>
  change === 'decile' ? 1 + (chance(seed, n, `${name} new`) % 10) : chance(seed, n, `${name} new`) % 10;

export interface Buying {
  readonly seed: number;
  /** Purchases of a household in all, about. */
  readonly purchases: number;
  /** On so many days. */
  readonly markets: number;
}

/** What a household buys on a day of purchases: up to 1.7 times a month's credit, and odd rials; undefined: nothing.
 *  @param eve of the switch of the rial: twice as many buy */
export function purchaseOf(
  { seed, purchases, markets }: Buying,
  household: Household,
  market: number,
  eve = false,
): number | undefined {
  const { n, members } = household;
  const buyers = (1_000 * purchases * (eve ? 2 : 1)) / markets;
  if (chance(seed, n, `buys ${market}`) % 1_000 >= buyers) return undefined;
  return members * 1_000 * (100 + (chance(seed, n, `rials ${market}`) % 17_000)) + (chance(seed, n, `odd ${market}`) % 1_000);
} // prettier-ignore
