import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatBasket, parseBasket } from '../../src/profiles/basket.ts';

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((d) => d.join(''));
const line = fc.record({
  goods: digits(13),
  unit: fc.constantFrom('00' as const, '01' as const, '02' as const),
  quantity: fc.integer({ min: 1, max: 999_999 }),
  amountRials: fc.bigInt({ min: 1n, max: 999_999_999_999n }),
});

describe('a basket (wire.md 5, tag 01)', () => {
  test('what is written reads back the same', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (lines) => {
        expect(parseBasket(formatBasket(lines))).toEqual(lines);
      }),
    );
  });

  const good = '0000000000001' + '01' + '001500' + '000000900000';
  test.each([
    ['empty', ''],
    ['one digit short', good.slice(1)],
    ['31 lines', good.repeat(31)],
    ['a letter', good.replace('9', 'A')],
    ['an unknown unit', '0000000000001' + '03' + '001500' + '000000900000'],
    ['a quantity of zero', '0000000000001' + '01' + '000000' + '000000900000'],
    ['an amount of zero', '0000000000001' + '01' + '001500' + '000000000000'],
  ])('%s is refused', (_name, text) => {
    expect(parseBasket(text)).toBeUndefined();
  });

  test('30 lines are taken', () => {
    expect(parseBasket(good.repeat(30))).toHaveLength(30);
  });
});
