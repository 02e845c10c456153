import { describe, expect, it } from '@jest/globals';
import { PLAN, rollOut, type ReleaseEffect } from './fleet.ts';

/** `npm run test:rollouts` has many seeds of each. */
const SEEDS = Number(process.env['KALABARG_TEST_ROLLOUTS'] ?? 1);
const DEVICES = 100_000;

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const seeds = Array.from({ length: SEEDS }, (_, seed) => seed + 1);

describe('100,000 devices, of which one in a hundred lies or is silent', () => {
  it.each<[string, ReleaseEffect, percent: number]>([
    ['lowers approvals by two points', { approvals: 2 }, 1],
    ['doubles reversals, and a half more', { reversals: 2.5 }, 1],
    ['cannot be installed by three of a hundred', { failures: 3 }, 1],
    ['silences four of a hundred terminals', { silences: 4 }, 1],
    // twenty of a thousand beside fifty that are silent on any day: one day in ten shows less than the bound of a point
    ['silences two of a hundred terminals', { silences: 2 }, 10],
  ])('a release that %s is halted in time: %j, in its step of %d %%', (_, effect, percent) => {
    for (const seed of seeds) {
      const { verdict, step, touched } = rollOut(DEVICES, effect, seeded(seed));
      expect([seed, verdict.kind]).toEqual([seed, 'halt']);
      expect(step).toBeLessThanOrEqual(PLAN.percents.indexOf(percent) + 1); // or before: our own terminals may show it
      expect(touched).toBeLessThan((percent / 100) * 1.2 * DEVICES);
    }
  });

  it('a good release reaches all who can be reached, is never halted, and is not finished while some are silent', () => {
    for (const seed of seeds) {
      const { verdict, step, touched, unknown } = rollOut(DEVICES, {}, seeded(1_000 + seed), 12);
      expect([seed, verdict.kind, step]).toEqual([seed, 'wait', PLAN.percents.length]);
      expect(touched).toBeGreaterThan(0.985 * DEVICES);
      expect(unknown).toBeGreaterThan(0);
    }
  });
});
