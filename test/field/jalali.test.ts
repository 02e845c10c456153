import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addDays,
  dayNumber,
  fromJalali,
  isDay,
  jalaliMonth,
  readDay,
  toJalali,
  weekday,
} from '../../src/field/jalali.ts';

test.each([
  ['2026-03-21', '1405-01-01'],
  ['2025-03-20', '1403-12-30'],
  ['2025-03-21', '1404-01-01'],
  ['2026-09-22', '1405-06-31'],
  ['2026-09-23', '1405-07-01'],
  ['2026-11-23', '1405-09-02'],
])('%s is %s', (iso, jalali) => {
  expect(toJalali(iso)).toBe(jalali);
  expect(fromJalali(jalali)).toBe(iso);
});

test('every day from 1970 to 2100 goes there and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 47_000 }), (days) => {
      const iso = addDays('1970-01-01', days);
      expect(fromJalali(toJalali(iso))).toBe(iso);
      expect(dayNumber(iso)).toBe(days);
    }),
  );
});

test.each(['1404-12-30', '1405-13-01', '1405-07-31', '1405-00-10', '1405-1-1', 'x'])(
  '%s is no Jalali date',
  (jalali) => {
    expect(fromJalali(jalali)).toBeUndefined();
  },
);

test.each(['2026-02-30', '2026-2-3', '', '2026-13-01'])('%j is no date', (iso) => {
  expect(isDay(iso)).toBe(false);
  expect(() => dayNumber(iso)).toThrow(RangeError);
});

test.each([
  ['2026-11-23', '2026-11-23'],
  ['1405-09-02', '2026-11-23'],
  ['1404-12-30', undefined],
  ['2026-02-30', undefined],
  ['', undefined],
  ['today', undefined],
])('a person writes %j', (text, day) => {
  expect(readDay(text)).toBe(day);
});

test('weekdays count from Monday, so that Friday is 5', () => {
  expect(['2026-11-23', '2026-11-27', '2026-11-29', '1970-01-01'].map(weekday)).toEqual([1, 5, 7, 4]);
});

test.each([
  ['2026-11-23', { period: '1405-09', first: '2026-11-22', last: '2026-12-21' }],
  ['2025-03-20', { period: '1403-12', first: '2025-02-19', last: '2025-03-20' }], // a leap year: 30 days
  ['2026-03-20', { period: '1404-12', first: '2026-02-20', last: '2026-03-20' }],
  ['2026-03-21', { period: '1405-01', first: '2026-03-21', last: '2026-04-20' }],
])('%s is in a Jalali month', (day, month) => {
  expect(jalaliMonth(day)).toEqual(month);
});
