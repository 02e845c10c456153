import type { Step } from './announcements.ts';
import { dayOf, instant, type Day } from './days.ts';
import { chance } from './population.ts';

/** The end of the rial, as a seed has it, and what is given back of purchases: the input of both sides. */

/** Worth 10,000 rials. Its code is not known yet: this one stands for it. */
export interface Successor {
  /** The first on which terminals, payment files and books are in it. */
  readonly day: Day;
  readonly exponent: number;
  /** What the least amount is worth that it can say. */
  readonly stepRials: number;
}

export const WORTH = 10_000;

/** A day of Azar 1405, and an exponent: none of them is known. */
export function successorOf(seed: number): Successor {
  const exponent = [0, 1, 2][chance(seed, 0, 'exponent') % 3]!;
  const day = dayOf(`1405-09-${String(3 + (chance(seed, 0, 'switch') % 27)).padStart(2, '0')}`);
  return { day, exponent, stepRials: WORTH / 10 ** exponent };
}

/** Purchases on the day before, the switch, and two days on which they are given back, in the old unit and in the new.
 *  @param number of the first of these days of purchases */
export function switchSteps(seed: number, number: number): Step[] {
  const successor = successorOf(seed);
  const [first, eve, on, after] = [1, successor.day.day - 1, successor.day.day, successor.day.day + 1].map((day) =>
    day > 30 ? dayOf('1405-10-01') : dayOf(`1405-09-${String(day).padStart(2, '0')}`),
  ) as [Day, Day, Day, Day];
  const { stepRials } = successor;
  const steps: Step[] = [{ kind: 'unit', day: first, at: instant(first.iso, '10:00'), successor }];
  for (const [place, day] of [eve, on, after].entries()) {
    const counter = { number: number + place, ...(place === 0 ? { eve: true } : { successor }) };
    steps.push({ kind: 'market', day, at: instant(day.iso, '12:00'), ...counter });
    steps.push({ kind: 'back', day, at: instant(day.iso, '14:00'), ...counter });
    if (place > 0)
      for (const time of ['00:06', '22:59'])
        steps.push({ kind: 'convert', day, at: instant(day.iso, time), stepRials });
    const what = ['The day before the switch of the rial.', 'The rial is switched.', 'The day after.'][place]!;
    steps.push({ kind: 'compare', day, at: instant(day.iso, '23:00'), what });
  }
  const midnights = new Set([first, eve, on, after]);
  return [...steps, ...[...midnights].map((day): Step => ({ kind: 'midnight', day, at: instant(day.iso, '00:05') }))];
}

/** What becomes of a purchase. */
export interface GivenBack {
  readonly how: 'reversal' | 'return';
  /** On the so many next day of purchases; 0: at once. */
  readonly later: number;
  /** Half of it, about. */
  readonly half: boolean;
  /** Of a return once there are two units: in which its terminal says the amount. */
  readonly old: boolean;
}

/** @returns undefined: it stands. Of those of the last day of the rial most come back on the first of its successor. */
export function givenBack(seed: number, n: number, { number, eve = false }: { number: number; eve?: boolean }): GivenBack | undefined {
  const dice = chance(seed, n, `back ${number}`);
  const old = (dice >>> 8) % 2 === 0;
  if (eve && dice % 4 > 0) return { how: dice % 4 === 1 ? 'reversal' : 'return', later: 1, half: (dice >>> 9) % 4 === 0, old };
  if (dice % 8 === 0) return { how: 'reversal', later: 0, half: false, old };
  if (dice % 8 > 1) return undefined;
  return { how: 'return', later: 1 + ((dice >>> 3) % 6), half: (dice >>> 9) % 2 === 0, old };
} // prettier-ignore

/** An amount as a terminal says it whose unit has steps of so many rials: never nothing. */
export const inSteps = (rials: number, step: number): number => Math.max(step, rials - (rials % step));
