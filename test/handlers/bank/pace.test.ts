import { expect, test } from '@jest/globals';
import { Pace } from '../../../src/handlers/bank/pace.ts';

/** A bank that takes nothing until a moment, and all after it: each attempt takes 50 ms.
 *  @returns how many attempts it saw before, and how long after it the queue was empty */
function deliver(advices: number, outageMs: number): { before: number; afterMs: number } {
  const pace = new Pace(() => 1);
  let [now, before, left] = [0, 0, advices];
  let underWay: number[] = [];
  while (left > 0) {
    for (const begunAt of underWay) {
      if (begunAt < outageMs) pace.notTaken(begunAt, now);
      else {
        pace.taken();
        left--;
      }
    }
    underWay = Array.from({ length: Math.min(left, pace.room(0, now)) }, () => now);
    if (now < outageMs) before += underWay.length;
    now += 50;
  }
  return { before, afterMs: now - outageMs };
}

test('an outage costs some attempts a minute, however many advices wait; all of them go after it', () => {
  const { before, afterMs } = deliver(100_000, 3_600_000);
  expect(before).toBeLessThan(400); // not 100,000 a minute
  expect(afterMs).toBeLessThan(30_000 + (100_000 / 128) * 50 + 1_000); // the last pause, then at full speed
});

test('advices that the bank does not take one by one hold up none of the others', () => {
  const pace = new Pace(() => 1);
  for (let n = 0; n < 1_000; n++) {
    pace.taken();
    if (n % 3 === 0) pace.notTaken(n, n);
  }
  expect(pace.room(0, 1_000)).toBeGreaterThanOrEqual(64);
});

test('one refusal halves what is under way, one that is taken doubles it; there is never none but in a pause', () => {
  const pace = new Pace(() => 1);
  expect(pace.window).toBe(128);
  for (let n = 1; n <= 7; n++) pace.notTaken(n, n);
  expect([pace.window, pace.room(0, 7), pace.room(1, 7)]).toEqual([1, 1, 0]);
  pace.notTaken(8, 8);
  expect([pace.room(0, 507), pace.room(0, 508)]).toEqual([0, 1]);
  pace.notTaken(8, 9); // it had begun before the pause
  expect(pace.room(0, 508)).toBe(1);
  pace.taken();
  expect([pace.window, pace.room(0, 10)]).toEqual([2, 2]);
});
