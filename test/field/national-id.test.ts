import { expect, test } from '@jest/globals';
import { hasNationalIdDigit } from '../../src/field/national-id.ts';

test.each([
  ['0013542419', true],
  ['0499370899', true],
  ['0790419904', true],
  ['0084575948', true],
  ['0013542418', false], // another check digit
  ['0031542419', false], // two digits exchanged
  ['1111111111', false], // its check digit holds, and it is nobody's
  ['001354241', false],
  ['00135424190', false],
  ['۰۰۱۳۵۴۲۴۱۹', false],
  ['', false],
])('%s: %s', (id, good) => {
  expect(hasNationalIdDigit(id)).toBe(good);
});
