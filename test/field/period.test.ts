import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, fromJalali, readDay, toJalali } from '../../src/field/jalali.ts';
import { monthOf, periodForms, readPeriod } from '../../src/field/period.ts';

test.each([
  ['1405-09-02', '2026-11-23', '2026-11-23', 'day'],
  ['2026-11-23', '2026-11-23', '2026-11-23', 'day'],
  ['1405-09', '2026-11-22', '2026-12-21', 'jalali-month'],
  ['1405-12', '2027-02-20', '2027-03-20', 'jalali-month'],
  ['1403-12', '2025-02-19', '2025-03-20', 'jalali-month'], // a leap year
  ['2026-11', '2026-11-01', '2026-11-30', 'gregorian-month'],
  ['2028-02', '2028-02-01', '2028-02-29', 'gregorian-month'],
  ['9999-12', '9999-12-01', '9999-12-31', 'gregorian-month'],
  ['۱۴۰۵/۰۹', '2026-11-22', '2026-12-21', 'jalali-month'],
  ['٢٠٢٦-١١', '2026-11-01', '2026-11-30', 'gregorian-month'],
])('%s is %s to %s', (text, from, to, kind) => {
  expect(readPeriod(text)).toMatchObject({ from, to, kind });
});

test.each([
  '2026-13',
  '2026-00',
  '1405-13',
  '2026-02-30',
  '1404-12-30',
  '1650-01',
  '1599-12-01',
  '05-09',
  '1405-9',
  '1405',
  '',
  '1405-09-02-01',
  '2026-11-23x',
])('"%s" is no period', (text) => {
  expect(readPeriod(text)).toBeUndefined();
});

test('a Gregorian date is never read as a Jalali one of that number', () => {
  expect(fromJalali('2026-11-01')).toBeUndefined();
  expect(readDay('1650-01-01')).toBeUndefined();
  expect(periodForms('2026-11-23')).toContain('1405-09-02, 1405-09');
  expect(periodForms('2026-11-23')).toContain('2026-11-23, 2026-11');
});

test('months of either calendar follow one another without a gap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 36_500 }),
      fc.constantFrom('jalali-month', 'gregorian-month'),
      (days, kind) => {
        const day = addDays('1990-01-01', days);
        const month = monthOf(day, kind);
        expect(month.from <= day && day <= month.to).toBe(true);
        expect(readPeriod(month.name)).toEqual(month);
        expect(monthOf(addDays(month.to, 1), kind).from).toBe(addDays(month.to, 1));
        const of = (each: string): string => (kind === 'jalali-month' ? toJalali(each) : each).slice(0, 7);
        expect([of(month.from), of(month.to)]).toEqual([month.name, month.name]);
      },
    ),
  );
});
