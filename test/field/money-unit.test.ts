import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { moneyText } from '../../src/field/money-text.ts';
import { decimalOf, RIAL, rialsOfDecimal, unitsOf, type UnitRow } from '../../src/field/money-unit.ts';

const OLD: UnitRow = { unit: 'rial', from: '2000-01-01', alpha: 'IRR', numeric: '364', exponent: 0, rials: 1, nameFa: 'ریال', nameEn: 'rial', lawful: true }; // prettier-ignore
const NEW: UnitRow = { unit: 'new-rial', from: '2027-09-23', alpha: 'IRN', numeric: '999', exponent: 2, rials: 10_000, nameFa: 'ریال نو', nameEn: 'new rial', lawful: true }; // prettier-ignore
const units = unitsOf({
  units: [OLD, NEW, { ...OLD, from: '2030-09-23', lawful: false }],
  terminalUnits: [
    { profile: 'native', from: '2027-10-23', in: 'new-rial' },
    { profile: '*', from: '2028-10-23', in: 'new-rial' },
  ],
  paymentUnits: [{ from: '2028-03-21', in: 'new-rial' }],
  bookUnits: [{ from: '2030-09-23', in: 'new-rial' }],
  acquirerUnits: [
    { psp: '*', from: '2028-05-01', in: 'new-rial', rounding: 'down' },
    { psp: 'SDD', from: '2027-12-01', in: 'new-rial', rounding: 'up' },
  ],
});

test.each([
  ['native', '2027-10-22', 'rial'],
  ['native', '2027-10-23', 'new-rial'],
  ['vendor-a', '2027-10-23', 'rial'],
  ['vendor-a', '2028-10-23', 'new-rial'],
])('terminals of %s say on %s amounts in %s', (profile, day, unit) => {
  expect(units.ofTerminals(profile)?.(day).unit).toBe(unit);
});

test('a profile that no row is about has no unit but the rial: nothing is asked on its path', () => {
  expect(unitsOf({ units: [OLD] }).ofTerminals('native')).toBeUndefined();
}); // prettier-ignore

test.each([
  ['2027-09-22', ['rial']],
  ['2027-09-23', ['rial', 'new-rial']],
  ['2030-09-22', ['rial', 'new-rial']],
  ['2030-09-23', ['new-rial']],
])('on %s one may pay with %j', (day, names) => {
  expect(units.lawful(day).map(({ unit }) => unit)).toEqual(names);
});

test.each([
  ['2027-10-23', ['rial', 'new-rial']],
  ['2028-03-21', ['new-rial', 'rial']],
  ['2030-09-23', ['new-rial']],
])('amounts of %s are read in %j', (day, names) => {
  expect(units.reading(day).map(({ unit }) => unit)).toEqual(names);
});

test.each([
  ['SDD', '2027-11-30', 'rial', 'half-up'],
  ['SDD', '2027-12-01', 'new-rial', 'up'],
  ['BEH', '2028-04-30', 'rial', 'half-up'],
  ['BEH', '2028-05-01', 'new-rial', 'down'],
])('files of %s of %s are in %s, rounded %s', (psp, day, unit, rounding) => {
  expect(units.ofAcquirer(psp, day)).toMatchObject({ unit: { unit }, rounding });
});

test.each([
  [1_234_567n, 'rial', '1,234,567 rials', '۱٬۲۳۴٬۵۶۷ ریال'],
  [1n, 'rial', '1 rial', '۱ ریال'],
  [-12_345_678_901n, 'new-rial', '-1,234,567.8901 new rial', '-۱٬۲۳۴٬۵۶۷٫۸۹۰۱ ریال نو'],
])('%i rials in %s, as people read them', (rials, unit, english, persian) => {
  const said = unit === 'rial' ? RIAL : units.ofBooks('2030-09-23');
  expect([moneyText(rials, said, 'en'), moneyText(rials, said, 'fa')]).toEqual([english, persian]);
});

test('payment files and books follow their own rows', () => {
  expect([units.ofPayments('2028-03-20').alpha, units.ofPayments('2028-03-21').alpha]).toEqual(['IRR', 'IRN']);
  expect([units.ofBooks('2030-09-22').stepRials, units.ofBooks('2030-09-23').stepRials]).toEqual([1n, 100n]);
});

describe('decimals', () => {
  const unit = units.ofPayments('2028-03-21');
  test.each([
    [1_234_567n, '123.4567'],
    [1_230_000n, '123'],
    [50_000n, '5'],
    [1_235_000n, '123.50'],
    [1n, '0.0001'],
    [0n, '0'],
    [-15_000n, '-1.50'],
  ])('%s rials are %s new ones', (rials, text) => {
    expect(decimalOf(rials, unit)).toBe(text);
    expect(decimalOf(rials, RIAL)).toBe(String(rials));
  });

  test('what is whole steps comes back as it was', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 12n), (steps) => {
        const rials = steps * unit.stepRials;
        expect(rialsOfDecimal(decimalOf(rials, unit), unit)).toBe(rials);
      }),
    );
  });

  test.each(['1.001', '-1', '1,5', '', '1.', '1e3'])('%j is no amount of it', (text) => {
    expect(rialsOfDecimal(text, unit)).toBeUndefined();
  });
});
