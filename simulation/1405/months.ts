import { chance } from './population.ts';

/** A month of credit that a household has. Both sides tell their own; here they are written and weighed alike. */
export interface Month {
  readonly programme: string;
  /** `1405-04` */
  readonly period: string;
  /** What may still be spent, rials. */
  readonly left: number;
  /** What has gone back to its fund, rials. */
  readonly gone: number;
  /** ISO; the last day counts. */
  readonly from: string;
  readonly to: string;
}

/** For a person, by name. */
export const written = (months: readonly Month[]): string =>
  months
    .map(({ programme, period, left, gone, from, to }) => [programme, period, left, gone, from, to].join(' '))
    .sort()
    .join(', ');

export interface Weights {
  readonly left: number;
  readonly gone: number;
  readonly from: number;
  readonly to: number;
}

const known = new Map<string, Map<string, Weights>>();

/** Odd numbers below 2²⁰ that look like chance, of each programme and period its own. */
export function weightsOf(programme: string, period: string): Weights {
  let periods = known.get(programme);
  if (periods === undefined) known.set(programme, (periods = new Map<string, Weights>()));
  let weights = periods.get(period);
  if (weights === undefined) {
    const of = (what: string): number => (chance(1405, 0, `${programme} ${period} ${what}`) & 0xf_ffff) | 1;
    periods.set(period, (weights = { left: of('left'), gone: of('gone'), from: of('from'), to: of('to') }));
  }
  return weights;
}

const days = new Map<string, number>();
/** Days since 1970. */
function dayOf(iso: string): number {
  let day = days.get(iso);
  if (day === undefined) days.set(iso, (day = Date.parse(iso) / 86_400_000));
  return day;
}

/** One number for all that a household has, so that a million households are compared in one statement of the database: the sum of each rial
 *  and each day by a weight of its own. It stays below 2⁵³, and two states with the same number differ in a million only by chance. */
export function weigh(months: readonly Month[]): number {
  let sum = 0;
  for (const { programme, period, left, gone, from, to } of months) {
    const weights = weightsOf(programme, period);
    sum += left * weights.left + gone * weights.gone + dayOf(from) * weights.from + dayOf(to) * weights.to;
  }
  return sum;
}

/** FNV-1a, 32 bits: the answers to purchases, one after the other. */
export function digest(text: string, seed: number): number {
  let hash = seed ^ 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}
