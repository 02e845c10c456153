import { expect, test } from '@jest/globals';
import { checkedFault, FaultScript, parseFault } from '../../../src/simulators/bank/faults.ts';
import { seededRandom } from '../../../src/simulators/bank/random.ts';

test.each([
  ['silence', { fault: 'silence' }],
  ['delay=300', { fault: 'delay', ms: 300 }],
  ['decline=51:0.02', { fault: 'decline', rc: '51', probability: 0.02 }],
  ['wrong-mac:.5@0420', { fault: 'wrong-mac', probability: 0.5, mti: '0420' }],
])('--fault %s is read', (text, rule) => {
  expect(parseFault(text)).toEqual(rule);
});

test.each(['', 'bang', 'delay=', 'silence:2', 'silence@02', 'decline=511'])('--fault %s is refused', (text) => {
  expect(() => parseFault(text)).toThrow(/fault/);
});

test.each([null, 7, { fault: 'silence', extra: 1 }, { fault: 'decline', rc: 5 }, { fault: 'delay', ms: -1 }, {}])(
  'a rule %j from outside is refused',
  (value) => {
    expect(() => checkedFault(value)).toThrow(/fault/);
  },
);

test('rules strike in order, only where they match, and only as often as they say', () => {
  const script = new FaultScript(
    [
      { fault: 'silence', household: 7, times: 1 },
      { fault: 'delay', ms: 5, mti: '0420' },
    ],
    () => 0,
  );
  const purchase = { mti: '0200', processingCode: '000000', household: 7 };
  expect(script.strike({ ...purchase, household: 8 })).toBeUndefined();
  expect(script.strike(purchase)?.fault).toBe('silence');
  expect(script.strike(purchase)).toBeUndefined();
  expect(script.strike({ ...purchase, mti: '0420' })).toMatchObject({ fault: 'delay', ms: 5 });
  expect(script.rules[0]).toMatchObject({ times: 0 });
});

test('the same seed strikes the same requests', () => {
  const strikes = (seed: number): boolean[] => {
    const script = new FaultScript([{ fault: 'silence', probability: 0.3 }], seededRandom(seed));
    const subject = { mti: '0200', processingCode: '000000', household: 1 };
    return Array.from({ length: 200 }, () => script.strike(subject) !== undefined);
  };
  expect(strikes(7)).toEqual(strikes(7));
  expect(strikes(7)).not.toEqual(strikes(8));
  const share = strikes(7).filter(Boolean).length / 200;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.4);
});
