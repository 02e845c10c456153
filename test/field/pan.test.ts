import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasLuhnDigit, luhnDigit, maskPan } from '../../src/field/pan.ts';

// ISO/IEC 7812-1 annex B, and test cards that schemes publish
test.each(['79927398713', '4111111111111111', '5555555555554444', '378282246310005', '6037990000000014'])(
  '%s has its check digit',
  (pan) => {
    expect(hasLuhnDigit(pan)).toBe(true);
    expect(luhnDigit(pan.slice(0, -1))).toBe(Number(pan.at(-1)));
  },
);

test('one check digit of ten is right, and one wrong digit anywhere is noticed', () => {
  const body = fc.stringMatching(/^\d{11,18}$/);
  fc.assert(
    fc.property(body, fc.nat({ max: 18 }), fc.integer({ min: 1, max: 9 }), (digits, place, by) => {
      const pan = digits + String(luhnDigit(digits));
      expect('0123456789'.split('').filter((last) => hasLuhnDigit(digits + last))).toEqual([pan.at(-1)]);
      const at = place % pan.length;
      expect(hasLuhnDigit(pan.slice(0, at) + String((Number(pan[at]) + by) % 10) + pan.slice(at + 1))).toBe(false);
    }),
  );
});

test.each([
  ['6037990000000078', '603799******0078'],
  ['6037990000000000078', '603799*********0078'],
  ['6037990000007', '603799***0007'],
  ['603799000007', '************'],
  ['', ''],
])('of %s no more is shown than %s', (pan, shown) => {
  expect(maskPan(pan)).toBe(shown);
});
