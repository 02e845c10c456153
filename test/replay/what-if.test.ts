import { describe, expect, test } from '@jest/globals';
import { readCapture, type Capture } from '../../src/capture/index.ts';
import { fileURLToPath } from 'node:url';
import { parseProgramme, whatIf, whatIfText } from '../../src/replay/index.ts';

const library = (name: string): Capture =>
  readCapture(fileURLToPath(new URL(`../captures/${name}.jsonl`, import.meta.url)));
const parts = (name: string, programme: object): bigint[][] =>
  whatIf(library(name), parseProgramme(JSON.stringify(programme), 'p.json')).verdicts.map(
    ({ wasVoucherRials, voucherRials }) => [wasVoucherRials, voucherRials],
  );

describe('what other rules would have decided', () => {
  test.each([
    ['the same rules: nothing', 'purchase-split-voucher-and-card', {}, []],
    ['a least card part', 'purchase-voucher-covers-all', { minimumCardRials: 50_000 }, [[4_000_000n, 3_950_000n]]],
    [
      'a least card part, where the card paid more',
      'purchase-split-voucher-and-card',
      { minimumCardRials: 50_000 },
      [],
    ],
    [
      'a cap of each purchase',
      'purchase-split-rest-in-cash',
      { perPurchaseRials: 3_000_000 },
      [[10_000_000n, 3_000_000n]],
    ],
    [
      'a repeat is not counted twice',
      'repeat-same-bytes',
      { perPurchaseRials: 3_000_000 },
      [[10_000_000n, 3_000_000n]],
    ],
    [
      'credit that was saved is there for the next',
      'two-terminals-one-household',
      { perPurchaseRials: 3_500_000 },
      [
        [4_000_000n, 3_500_000n],
        [4_000_000n, 3_500_000n],
        [2_000_000n, 3_000_000n],
      ],
    ],
    [
      'goods that are not eligible',
      'basket-eligible',
      { goods: { '2': { eligible: false } } },
      [[3_000_000n, 2_000_000n]],
    ],
    [
      'goods with a cap of their price',
      'basket-eligible',
      { goods: { '1': { priceCapRials: 1_500_000 } } },
      [[3_000_000n, 2_500_000n]],
    ],
  ])('%s', (_name, capture, programme, expected) => {
    expect(parts(capture, programme)).toEqual(expected);
  });

  test('is told in one line a purchase, cards masked', () => {
    const found = whatIf(library('purchase-voucher-covers-all'), { minimumCardRials: 50_000 });
    expect(whatIfText(found)).toMatch(
      /^#\d+ STAN \d{6} 603799\*{6}\d{4}: total +4,000,000 {2}voucher was +4,000,000 {2}would be +3,950,000\n1 purchases, 1 would come out otherwise; vouchers 4,000,000 → 3,950,000 rials \(-50,000\)$/,
    );
  });

  test.each([
    ['{', 'is not JSON'],
    ['{"minimumCardRials":-1}', '/minimumCardRials must be >= 0'],
    ['{"luck":1}', '/luck no such rule'],
    ['{"goods":{"milk":{"eligible":false}}}', '/goods/milk needs goods codes of 1 to 13 digits'],
    ['{"goods":{"1":{"cap":5}}}', '/goods/1/cap no such rule'],
  ])('%s is no programme', (text, why) => {
    expect(() => parseProgramme(text, 'p.json')).toThrow(why);
  });
});
