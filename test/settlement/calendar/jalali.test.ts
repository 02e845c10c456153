import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, dayNumber, fromJalali, toJalali, weekday } from '../../../src/settlement/calendar/jalali.ts';

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
    expect(() => fromJalali(jalali)).toThrow('not a Jalali date');
  },
);

test.each(['2026-02-30', '2026-2-3', '', '2026-13-01'])('%j is no date', (iso) => {
  expect(() => dayNumber(iso)).toThrow('is not a date');
});

test('weekdays count from Monday, so that Friday is 5', () => {
  expect(['2026-11-23', '2026-11-27', '2026-11-29', '1970-01-01'].map(weekday)).toEqual([1, 5, 7, 4]);
});
