import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isValidIBAN } from 'ibantools';
import { checkSheba } from '../../src/field/sheba.ts';

// domain/test-vectors.json
test.each([
  'IR380170000000100000000001',
  'IR370120000000200000000002',
  'IR310180000000300000000003',
  'IR880600000000400000000004',
])('%s is a Sheba', (sheba) => {
  expect(checkSheba(sheba)).toMatchObject({ ok: true, sheba });
});

test.each([
  ['IR380170000000100000000009', 'has wrong check digits'],
  ['IR000170000000100000000001', 'has wrong check digits'],
  ['IR990179817943138265384964', 'has wrong check digits'], // rest 1, but 02 is meant
  ['IR000170000000000000000011', 'has wrong check digits'], // rest 1, but 97 is meant
  ['IR010170000000000000000090', 'has wrong check digits'], // rest 1, but 98 is meant
  ['IR38017000000010000000000', 'has 25 characters, not 26'],
  ['GB380170000000100000000001', 'does not start with IR'],
  ['IR38017000000010000000000A', 'holds something other than digits after IR'],
  ['', 'does not start with IR'],
])('%s is refused: it %s', (sheba, reason) => {
  expect(checkSheba(sheba)).toEqual({ ok: false, reason });
});

test('a Sheba as people write it is taken: spaces, dashes, small letters, Persian digits', () => {
  expect(checkSheba(' ir37-0120 0000 0020 0000 0000 ۰۲ ')).toMatchObject({ sheba: 'IR370120000000200000000002' });
});

test('mod 97 agrees with ibantools for any account of a known bank', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 21n - 1n }), (account) => {
      const sheba = `IR${String(account % 100n).padStart(2, '0')}017${String(account / 100n).padStart(19, '0')}`;
      expect(checkSheba(sheba).ok).toBe(isValidIBAN(sheba));
    }),
    { examples: [[981794313826538996499n]] },
  );
});

test('a Sheba with good check digits at no known bank is refused with its code', () => {
  const digits = (check: string): string => `IR${check}999${'0'.repeat(19)}`;
  const good = Array.from({ length: 97 }, (_, check) => digits(String(check + 2).padStart(2, '0'))).find((sheba) =>
    isValidIBAN(sheba),
  );
  expect(checkSheba(good ?? '')).toEqual({ ok: false, reason: 'names no known bank (999)' });
});
