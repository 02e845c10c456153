import { describe, expect, test } from '@jest/globals';
import { tehran } from '../../src/ops/clock.ts';
import { DEFAULT_WINDOW, freshnessOf, localInstant } from '../../src/profiles/freshness.ts';
import type { Transaction } from '../../src/profiles/transaction.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 23, 9, 0, 0);

function made(kind: Transaction['kind'], at: number): Transaction {
  const { time, date } = tehran(at);
  return { kind, localTime: time, localDate: date } as Transaction;
}

describe('a request is fresh for a day either way, a reversal for a week', () => {
  test.each<[kind: Transaction['kind'], away: number, expected: string]>([
    ['purchase', 0, 'fresh'],
    ['purchase', -DAY, 'fresh'],
    ['purchase', DAY, 'fresh'],
    ['purchase', -DAY - 1_000, 'stale'],
    ['purchase', DAY + 1_000, 'stale'],
    ['purchase', -7 * DAY, 'stale'],
    ['purchase', -7 * DAY - 1_000, 'wrong'],
    ['purchase', -40 * DAY, 'wrong'],
    ['purchase', 30 * DAY, 'wrong'],
    ['purchase', 180 * DAY, 'wrong'],
    ['quote', -2 * DAY, 'stale'],
    ['quote-release', -2 * DAY, 'stale'],
    ['return', -2 * DAY, 'stale'],
    ['forward', 2 * DAY, 'stale'],
    ['reversal', -7 * DAY, 'fresh'],
    ['reversal', -7 * DAY - 1_000, 'wrong'],
    ['advice', -6 * DAY, 'fresh'],
    ['advice', 8 * DAY, 'wrong'],
    ['network', -40 * DAY, 'fresh'],
    ['totals', -40 * DAY, 'fresh'],
  ])('%s made %d ms from now is %s', (kind, away, expected) => {
    expect(freshnessOf(made(kind, NOW + away), NOW, DEFAULT_WINDOW)).toBe(expected);
  });

  test('a narrower window is kept to the second, of today too', () => {
    const window = { requestMs: HOUR, lookBackMs: DAY };
    expect([-HOUR, -HOUR - 1_000].map((away) => freshnessOf(made('purchase', NOW + away), NOW, window))).toEqual([
      'fresh',
      'stale',
    ]);
  });
});

describe('DE 13 has no year', () => {
  test.each<[what: string, now: number, away: number]>([
    ['the last second of the year, heard in the next', Date.UTC(2026, 11, 31, 20, 30, 5), -10_000],
    ['the first second of the year, heard in the last', Date.UTC(2026, 11, 31, 20, 29, 55), 10_000],
    ['a reversal of before New Year', Date.UTC(2027, 0, 4, 9, 0, 0), -6 * DAY],
    ['29 February of a leap year', Date.UTC(2028, 1, 29, 9, 0, 0), -HOUR],
    ['the day after 28 February of a common year', Date.UTC(2027, 2, 1, 9, 0, 0), -HOUR],
  ])('%s', (_, now, away) => {
    const { date, time } = tehran(now + away);
    expect(localInstant(date, time, now)).toBe(now + away);
  });

  test('29 February of a year that has none is nowhere near', () => {
    expect(localInstant('0229', '120000', Date.UTC(2026, 1, 28, 9, 0, 0))).toBeUndefined();
    const tx = { kind: 'purchase', localTime: '120000', localDate: '0229' } as Transaction;
    expect(freshnessOf(tx, Date.UTC(2026, 2, 1, 9, 0, 0), DEFAULT_WINDOW)).toBe('wrong');
  });
});
