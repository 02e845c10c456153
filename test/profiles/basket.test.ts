import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatBasket, parseBasket } from '../../src/profiles/tag-01.ts';
import { listCodec } from '../../src/profiles/wire/list.ts';

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

describe('a basket without amounts, in hundredths, with a count in front (domain/02, FC046)', () => {
  const units = { '01': { unit: '00' as const, per: 100 }, '02': { unit: '01' as const, times: 10 } };
  const of: ['goods' | 'unit' | 'quantity', number][] = [['goods', 13], ['unit', 2], ['quantity', 6]]; // prettier-ignore
  const [even, byQuantity] = (['even', 'by-quantity'] as const).map((amounts) =>
    listCodec({ list: 'basket', count: 3, of, units, amounts }),
  );
  const sample = '002' + '6619988178317' + '01' + '000100' + '6655463344853' + '01' + '000200';

  test('the total is spread, the rest to the last line', () => {
    expect(even?.readBasket(sample, 1_001n)).toEqual([
      { goods: '6619988178317', unit: '00', quantity: 1, amountRials: 500n },
      { goods: '6655463344853', unit: '00', quantity: 2, amountRials: 501n },
    ]);
    expect(byQuantity?.readBasket(sample, 1_001n)?.map(({ amountRials }) => amountRials)).toEqual([333n, 668n]);
  });

  test('what is written is the sample again', () => {
    expect(even?.writeBasket(even.readBasket(sample, 1_000n) ?? [])).toBe(sample);
  });

  test('kilograms become grams', () => {
    expect(even?.readBasket('001' + '6619988178317' + '02' + '000150', 10n)).toMatchObject([
      { unit: '01', quantity: 1_500 },
    ]);
  });

  test.each([
    ['a count that is not the lines', '003' + sample.slice(3), 1_000n],
    ['half a piece', '001' + '6619988178317' + '01' + '000150', 1_000n],
    ['a unit that there is none of', '001' + '6619988178317' + '07' + '000100', 1_000n],
    ['fewer rials than lines', sample, 1n],
    ['no total', sample, 0n],
  ])('%s is refused', (_name, text, total) => {
    expect(even?.readBasket(text, total)).toBeUndefined();
  });
});
