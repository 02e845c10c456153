import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { guardRules, openGuard } from '../../../src/handlers/guard/index.ts';
import { Windows } from '../../../src/handlers/guard/windows.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';

const NOW = Date.parse('2026-11-27T08:00:00Z');
const MINUTE = 60_000;

describe('a sliding window', () => {
  test('counts what lies within it, key by key', () => {
    const windows = new Windows(MINUTE);
    expect([windows.add('a', NOW), windows.add('a', NOW + 5_000), windows.add('b', NOW)]).toEqual([1, 2, 1]);
    expect(windows.add('a', NOW + 59_999)).toBe(3);
    expect(windows.add('a', NOW + 3 * MINUTE)).toBe(1);
  });

  test('forgets a slice at a time', () => {
    const windows = new Windows(MINUTE);
    for (let at = 0; at < 60; at += 6) windows.add('a', NOW + at * 1_000);
    expect(windows.add('a', NOW + 60_000)).toBe(10); // the first of them is a minute old
  });

  test('a clock that steps back counts on, and never past the window', () => {
    const windows = new Windows(MINUTE);
    windows.add('a', NOW + MINUTE);
    expect(windows.add('a', NOW)).toBe(2);
    expect(windows.add('a', NOW + 10 * MINUTE)).toBe(1);
  });
});

function guarded(scale = 1, perAddress = 0) {
  const { guardRefusals, terminalBlocks } = createMetrics();
  const blocked: string[] = [];
  const guard = openGuard({
    rules: guardRules(scale, perAddress),
    block: (terminal, rule) => {
      blocked.push(`${terminal} ${rule}`);
      return Promise.resolve(true);
    },
    refusals: guardRefusals,
    blocks: terminalBlocks,
    log: pino({ level: 'silent' }),
  });
  const from = (terminal: string, merchant = 'shop', address = '10.0.0.1') => ({ terminal, merchant, address });
  return { guard, blocked, from };
}

test('a busy honest shop is never refused: a customer every fifteen seconds, each asked twice', () => {
  const { guard, blocked, from } = guarded(1, 6_000);
  const refused: unknown[] = [];
  for (let at = 0; at < 60 * MINUTE; at += 15_000) {
    refused.push(guard.count('inquiry', from('1'), NOW + at), guard.count('inquiry', from('1'), NOW + at + 3_000));
    refused.push(guard.count('reservation', from('1'), NOW + at + 3_000));
  }
  expect([refused.filter(Boolean), blocked]).toEqual([[], []]);
});

test('twenty thousand cards asked by one terminal: a minute gives sixty answers, then the terminal is blocked once', () => {
  const { guard, blocked, from } = guarded();
  let answered = 0;
  for (let n = 0; n < 20_000; n++) if (guard.count('inquiry', from('1'), NOW + n / 5) === undefined) answered++;
  expect([answered, blocked]).toEqual([60, ['1 inquiry-terminal-block']]);
  expect(guard.count('inquiry', from('2'), NOW + 4_000)).toBeUndefined();
});

test.each([
  ['unknown-card', 40],
  ['wrong-pin', 40],
  ['wrong-mac', 20],
] as const)('%s: %i in ten minutes are taken, the next blocks', (event, most) => {
  const { guard, blocked, from } = guarded();
  for (let n = 0; n < most; n++) guard.count(event, from('1'), NOW + n * 1_000);
  expect(blocked).toEqual([]);
  for (let n = 0; n < 5; n++) guard.count(event, from('1'), NOW + most * 1_000 + n);
  expect(blocked).toEqual([`1 ${event}-terminal-block`]);
});

test('PINs guessed over many terminals of a shop block each that goes on', () => {
  const { guard, blocked, from } = guarded();
  for (let n = 0; n < 200; n++) guard.count('wrong-pin', from(String(n % 20)), NOW);
  expect(blocked).toEqual([]);
  guard.count('wrong-pin', from('7'), NOW);
  guard.count('wrong-pin', from('8'), NOW);
  guard.count('wrong-pin', from('1', 'another shop'), NOW);
  expect(blocked).toEqual(['7 wrong-pin-shop-block', '8 wrong-pin-shop-block']);
});

test('an address is bound where it is set, and a scale of 0 switches all off', () => {
  const bound = guarded(1, 100);
  for (let n = 0; n < 100; n++) bound.guard.count('inquiry', bound.from(String(n), String(n)), NOW);
  expect(bound.guard.count('inquiry', bound.from('x', 'x'), NOW)).toMatchObject({ name: 'inquiry-address-refuse' });
  expect(bound.guard.count('inquiry', bound.from('x', 'x', '10.0.0.2'), NOW)).toBeUndefined();
  const off = guarded(0, 100);
  for (let n = 0; n < 10_000; n++) expect(off.guard.count('inquiry', off.from('1'), NOW)).toBeUndefined();
});
