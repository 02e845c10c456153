import { expect, test } from '@jest/globals';
import { groupedRials, parseIsoRials, parseRials } from '../../src/field/rials.ts';

test.each([
  ['0', 0n],
  ['000123', 123n],
  ['999999999999999', 999_999_999_999_999n],
  ['1000000000000000', undefined],
  ['-1', undefined],
  ['1.0', undefined],
  ['1e3', undefined],
  [' 1', undefined],
  ['1\n', undefined],
  ['۱', undefined],
  ['', undefined],
])('%j as rials', (text, rials) => {
  expect(parseRials(text)).toBe(rials);
});

test.each([
  ['1000.00', 'IRR', 1000n],
  ['1000', 'IRR', 1000n],
  ['1000.10', 'IRR', undefined],
  ['1000.', 'IRR', undefined],
  ['1000', 'USD', undefined],
  ['1000', undefined, undefined],
  [undefined, 'IRR', undefined],
])('%j %s of ISO 20022', (text, currency, rials) => {
  expect(parseIsoRials(text, currency)).toBe(rials);
});

test.each([
  [0n, '0'],
  [999n, '999'],
  [1_000n, '1,000'],
  [-1_234_567n, '-1,234,567'],
])('%s is shown as %s', (rials, text) => {
  expect(groupedRials(rials)).toBe(text);
});
