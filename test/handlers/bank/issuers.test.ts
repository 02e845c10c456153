import { expect, test } from '@jest/globals';
import { Issuers } from '../../../src/handlers/bank/issuers.ts';

const [OURS, OTHER] = ['6037990000000012', '5022290000000018'] as const;

interface Bench {
  readonly issuers: Issuers;
  readonly changes: string[];
  readonly clock: { now: number };
  /** What a customer's leg comes to at a bank that answers with this. */
  readonly leg: (pan: string, kind: 'doubt' | 'approved' | 'declined') => string;
}

function open(): Bench {
  const clock = { now: 0 };
  const changes: string[] = [];
  const issuers = new Issuers({
    now: () => clock.now,
    random: () => 1,
    onChange: (bin, isOut, out) => changes.push(`${bin} ${isOut ? 'out' : 'back'} ${out}`),
  });
  const leg = (pan: string, kind: 'doubt' | 'approved' | 'declined'): string => {
    const end = issuers.admits(pan) ? kind : 'unsent';
    issuers.saw(pan, end);
    return end;
  };
  return { issuers, changes, clock, leg };
}

test('an outage of an hour makes some dozens of doubts, not one a customer; others are not held up', () => {
  const { clock, leg, changes } = open();
  let [doubts, others] = [0, 0];
  for (; clock.now < 3_600_000; clock.now += 10) {
    if (leg(OURS, 'doubt') === 'doubt') doubts++;
    if (leg(OTHER, 'approved') === 'approved') others++;
  }
  expect(doubts).toBeGreaterThan(0);
  expect(doubts).toBeLessThan(300); // of 360,000
  expect(others).toBe(360_000);
  expect(changes).toEqual(['603799 out 1']);
});

test.each(['approved', 'declined'] as const)('a trial that is %s opens the issuer for everybody', (kind) => {
  const { clock, leg, changes } = open();
  for (let n = 0; n < 21; n++) leg(OURS, 'doubt'); // the last one is a trial
  expect(leg(OURS, kind)).toBe('unsent');
  clock.now += 1_000;
  expect(leg(OURS, kind)).toBe(kind);
  expect(leg(OURS, 'approved')).toBe('approved');
  expect(changes).toEqual(['603799 out 1', '603799 back 0']);
});

test('doubts that are not in a row give nobody up', () => {
  const { leg, changes } = open();
  for (let n = 0; n < 200; n++) expect(leg(OURS, n % 20 === 19 ? 'approved' : 'doubt')).not.toBe('unsent');
  expect(changes).toEqual([]);
});

test('whatever BINs are made up, only so many are remembered, and the count of those that are out stays right', () => {
  const { leg, changes } = open();
  for (let n = 0; n < 20; n++) leg(OURS, 'doubt');
  for (let n = 0; n < 3_000; n++) leg(String(100_000 + n).padEnd(16, '0'), 'doubt');
  expect(changes).toEqual(['603799 out 1', '603799 back 0']);
  expect(leg(OURS, 'approved')).toBe('approved');
});
