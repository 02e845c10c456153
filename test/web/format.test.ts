import { describe, expect, test } from '@jest/globals';
import { changedLines } from '../../web/src/components/act-lines.ts';
import { changedFields } from '../../web/src/components/field-changes.ts';
import { filtersOf, queryOf, withFilter } from '../../web/src/components/list-search.ts';
import { numberOf } from '../../web/src/format/digits.ts';
import { amountOf, rialsOf, type Looks } from '../../web/src/format/money.ts';
import { dayOf, lengthOf, momentOf, readTypedDay, timeOf } from '../../web/src/format/moment.ts';
import { safeReturn } from '../../web/src/format/return-path.ts';

describe('amounts', () => {
  const cases: [Looks, string, string][] = [
    [{ language: 'fa', unit: 'rial' }, '1234567', '۱٬۲۳۴٬۵۶۷'],
    [{ language: 'fa', unit: 'toman' }, '1234567', '۱۲۳٬۴۵۶٫۷'],
    [{ language: 'en', unit: 'toman' }, '1234560', '123,456'],
    [{ language: 'en', unit: 'rial' }, '-1000', '−1,000'],
    [{ language: 'en', unit: 'toman' }, '-5', '−0.5'],
    [{ language: 'fa', unit: 'rial' }, '0', '۰'],
    [{ language: 'en', unit: 'rial' }, '9007199254740993', '9,007,199,254,740,993'],
  ];
  test.each(cases)('%j of %s rials are %s', (looks, rials, shown) => {
    expect(amountOf(looks, rials)).toBe(shown);
  });

  test('that are typed come back as they were, in every language and unit', () => {
    for (const language of ['fa', 'en'] as const)
      for (const unit of ['rial', 'toman'] as const)
        for (const rials of ['0', '7', '10', '1234567', '999999999999999'])
          expect(rialsOf({ language, unit }, amountOf({ language, unit }, rials))).toBe(rials);
  });

  test.each(['', '-1', '1.5', 'ده', '1e3', '1.25'])('%j is no amount in rials', (typed) => {
    expect(rialsOf({ language: 'fa', unit: 'rial' }, typed)).toBeUndefined();
  });
});

describe('days and moments are those of Tehran', () => {
  test('in the calendar of the reader', () => {
    expect(momentOf('fa', '2026-11-27T20:29:59.000Z', 'second')).toBe('۱۴۰۵/۰۹/۰۶ ۲۳:۵۹:۵۹');
    expect(momentOf('fa', '2026-11-27T20:30:00.000Z', 'minute')).toBe('۱۴۰۵/۰۹/۰۷ ۰۰:۰۰');
    expect(momentOf('en', '2026-11-27T20:30:00.000Z', 'minute')).toBe('2026-11-28 00:00');
    expect(timeOf('en', '2026-11-27T08:00:00.042Z', 'thousandth')).toBe('11:30:00.042');
    expect(dayOf('fa', '2026-03-21')).toBe('۱۴۰۵/۰۱/۰۱');
  });

  test.each([
    ['۱۴۰۵/۰۲/۳۱', '2026-05-21'],
    ['1405/2/31', '2026-05-21'],
    ['1405-02-31', '2026-05-21'],
    ['2026-05-21', '2026-05-21'],
    ['1403/12/30', '2025-03-20'],
    ['1404/12/30', undefined],
    ['1405/13/01', undefined],
    ['2026-02-30', undefined],
    ['1650/01/01', undefined],
    ['امروز', undefined],
  ])('%s, typed, is %s', (typed, iso) => {
    expect(readTypedDay(typed)).toBe(iso);
  });

  test.each([
    [340, '340 ms', '۳۴۰ میلی‌ثانیه'],
    [2_000, '2 seconds', '۲ ثانیه'],
    [90_000, '2 minutes', '۲ دقیقه'],
    [3 * 3_600_000, '3 hours', '۳ ساعت'],
    [5 * 86_400_000, '5 days', '۵ روز'],
  ])('%d ms are %s', (ms, en, fa) => {
    expect([lengthOf('en', ms), lengthOf('fa', ms)]).toEqual([en, fa]);
  });

  test('numbers have the digits of the language', () => {
    expect([numberOf('fa', 1234.5, 1), numberOf('en', 1234.5, 1)]).toEqual(['۱٬۲۳۴٫۵', '1,234.5']);
  });
});

test.each([
  ['/terminals?state=blocked', '/terminals?state=blocked'],
  ['/transactions/7', '/transactions/7'],
  [undefined, '/'],
  ['', '/'],
  ['https://evil.example/', '/'],
  ['//evil.example/x', '/'],
  ['/\\evil.example', '/'],
  ['/a\\..\\evil', '/'],
  ['/\t/evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?to=/x', '/'],
])('after signing in, %j leads to %s', (wanted, path) => {
  expect(safeReturn(wanted)).toBe(path);
});

describe('what a list shows', () => {
  test('is in the address: a new filter begins at the first page', () => {
    expect(withFilter({ state: 'blocked', cursor: 'x' }, { model: 'A' })).toEqual({ state: 'blocked', model: 'A' });
    expect(withFilter({ state: 'blocked' }, { state: '' })).toEqual({});
    expect(filtersOf({ state: 'blocked', cursor: 'x' })).toEqual({ state: 'blocked' });
  });

  test('asks the API nothing that the list does not know', () => {
    expect(queryOf({ state: 'blocked', cursor: 'c', evil: '1', model: '' }, ['state', 'model'])).toEqual({
      state: 'blocked',
      cursor: 'c',
    });
  });
});

test('what somebody else changed meanwhile is told, and nothing else', () => {
  const seen = [
    { what: 'Place', before: 'A', after: 'C' },
    { what: 'Model', before: 'x', after: 'x' },
  ];
  const now = [
    { what: 'Place', before: 'B', after: 'C' },
    { what: 'Model', before: 'x', after: 'x' },
  ];
  expect(changedLines(seen, now)).toEqual([{ what: 'Place', before: 'A', after: 'B' }]);
});

describe('what two readings differ in', () => {
  const seen = {
    version: 3,
    place: 'A',
    model: null,
    waiting: { on: 'maker', since: 's' },
    roles: ['maker', 'clerk'],
    items: [
      { code: 'mobile', state: 'due' },
      { code: 'sheba', state: 'met' },
    ],
  };

  test('is nothing where only the version is another', () => {
    expect(changedFields(seen, { ...seen, version: 4 })).toEqual([]);
  });

  test('is told field by field, within things and lists, by the name of each', () => {
    const now = {
      ...seen,
      version: 4,
      place: 'B',
      model: 'X1',
      waiting: null,
      roles: ['maker'],
      items: [
        { code: 'licence', state: 'due' },
        { code: 'mobile', state: 'met' },
        { code: 'sheba', state: 'met' },
      ],
    };
    expect(changedFields(seen, now)).toEqual([
      { path: 'place', before: 'A', after: 'B' },
      { path: 'model', before: null, after: 'X1' },
      { path: 'waiting', before: undefined, after: null },
      { path: 'roles', before: 'maker, clerk', after: 'maker' },
      { path: 'items.licence.code', before: undefined, after: 'licence' },
      { path: 'items.licence.state', before: undefined, after: 'due' },
      { path: 'items.mobile.state', before: 'due', after: 'met' },
      { path: 'waiting.on', before: 'maker', after: undefined },
      { path: 'waiting.since', before: 's', after: undefined },
    ]);
  });
});
