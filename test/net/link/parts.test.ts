import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from '../../../src/net/link/backoff.ts';
import { Breaker } from '../../../src/net/link/breaker.ts';
import { PriorityQueue, type Priority } from '../../../src/net/link/queue.ts';

test('the pause doubles, is spread over its upper half, and has a ceiling', () => {
  expect(backoffMs(0, 100, 15_000, () => 0)).toBe(50);
  expect(backoffMs(3, 100, 15_000, () => 0)).toBe(400);
  expect(backoffMs(3, 100, 15_000, () => 0.999)).toBeLessThanOrEqual(800);
  expect(backoffMs(10_000, 100, 15_000, () => 0.5)).toBe(11_250);
});

test('the queue keeps order within a priority, and urgency between', () => {
  const ranks: Record<Priority, number> = { reversal: 0, card: 1, inquiry: 2 };
  const item = fc.constantFrom<Priority>('reversal', 'card', 'inquiry');
  fc.assert(
    fc.property(fc.array(item, { maxLength: 3_000 }), (priorities) => {
      const queue = new PriorityQueue<[number, number]>(10_000);
      priorities.forEach((priority, index) => queue.add(priority, [ranks[priority], index]));
      const taken = queue.drain();
      expect(taken).toEqual([...taken].sort(([a, i], [b, j]) => a - b || i - j));
      expect(taken.length).toBe(priorities.length);
      expect(queue.size).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('the queue is bounded', () => {
  const queue = new PriorityQueue<number>(2);
  expect([1, 2, 3].map((n) => queue.add('card', n))).toEqual([true, true, false]);
});

test('the breaker opens after failures in a row, lets trials through after an echo, and closes on success', () => {
  let now = 0;
  const states: string[] = [];
  const breaker = new Breaker(
    { failures: 2, openMs: 100, trials: 1 },
    () => now,
    (state) => states.push(state),
  );
  breaker.failure();
  breaker.success();
  breaker.failure();
  expect(breaker.admits(50)).toBe(true);
  breaker.failure();
  expect(breaker.admits(0)).toBe(false);
  breaker.echoed();
  expect(breaker.state).toBe('open');
  now = 100;
  breaker.echoed();
  expect([breaker.admits(0), breaker.admits(1)]).toEqual([true, false]);
  breaker.failure();
  expect(breaker.state).toBe('open');
  now = 300;
  breaker.echoed();
  breaker.success();
  expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
});
