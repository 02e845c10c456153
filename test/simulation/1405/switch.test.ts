import { expect, test } from '@jest/globals';
import { readAnnouncements, stepsOf } from '../../../simulation/1405/announcements.ts';
import { givenBack, inSteps, successorOf } from '../../../simulation/1405/switch.ts';

/** The end of the rial after the eighteen months. Without a fault: test/ledger/programmes/replay-1405.test.ts. */

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

test('a seed chooses the day, in Azar, and what the least amount of the new unit is worth', () => {
  const all = SEEDS.map(successorOf);
  expect(new Set(all.map(({ day }) => day.jalali)).size).toBe(27);
  expect(all.every(({ day }) => day.jalali >= '1405-09-03' && day.jalali <= '1405-09-29')).toBe(true);
  expect([...new Set(all.map(({ stepRials }) => stepRials))].sort((a, b) => a - b)).toEqual([100, 1_000, 10_000]);
});

test('purchases on the day before, what comes back of them after the books have converted, and two dates at which all is compared', () => {
  const { day } = successorOf(9);
  const steps = stepsOf(readAnnouncements(), 9);
  const kinds = steps.filter((step) => step.day.jalali === day.jalali).map(({ kind }) => kind);
  expect(kinds).toEqual(['midnight', 'convert', 'market', 'back', 'convert', 'compare']);
  const numbers = steps.flatMap((step) => (step.kind === 'market' ? [step.number] : []));
  expect(numbers).toEqual(numbers.map((_, place) => place));
});

test('of the last purchases in rials most come back a day later, in either unit, wholly or in part', () => {
  const backs = SEEDS.flatMap((n) => givenBack(1, n, { number: 5, eve: true }) ?? []).filter(({ later }) => later === 1);
  const ways = new Set(backs.map(({ how, old, half }) => `${how} ${how === 'return' && old ? 'old' : ''} ${half}`));
  expect([backs.length > 120, ways.size]).toEqual([true, 6]);
  expect([inSteps(12_345, 100), inSteps(12_345, 10_000), inSteps(45, 100)]).toEqual([12_300, 10_000, 100]);
}); // prettier-ignore
