import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { ProgrammeSchema } from '../../src/ledger/programmes/file.ts';
import { THRESHOLDS } from '../../src/signals/rules.ts';
import { changedLines } from '../../web/src/components/act-lines.ts';
import { changedFields } from '../../web/src/components/field-changes.ts';
import { filtersOf, queryOf, withFilter } from '../../web/src/components/list-search.ts';
import { numberOf } from '../../web/src/format/digits.ts';
import { GUILDS } from '../../src/ledger/guilds.ts';
import { RulesFileSchema } from '../../src/settlement/rules/index.ts';
import { goodsCodeOf } from '../../web/src/format/goods-code.ts';
import { amountOf, rialsOf, type Looks } from '../../web/src/format/money.ts';
import { dayOf, lengthOf, momentOf, readTypedDay, timeOf } from '../../web/src/format/moment.ts';
import { safeReturn } from '../../web/src/format/return-path.ts';
import { RULE_FIELDS, RULE_WORDS } from '../../web/src/format/rule-fields.ts';
import { changedNames, fieldOf, valueText } from '../../web/src/format/rule-text.ts';
import { inputsOf, thresholdsOf } from '../../web/src/format/thresholds.ts';
import { toldIn } from '../../web/src/format/told.ts';

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

describe('rules', () => {
  const fa: Looks = { language: 'fa', unit: 'rial' };
  const en: Looks = { language: 'en', unit: 'rial' };
  /** Without the marks that keep directions apart. */
  const bare = (text: string): string => text.replace(/[\u2066-\u2069]/g, '');

  test.each([
    ['terms', 'feeBasisPoints', 25, '۰٫۲۵ درصد', '0.25 %'],
    ['terms', 'feeFixedRials', 5_000, '۵٬۰۰۰ ریال', '5,000 IRR'],
    ['terms', 'owingAlarmDays', 7, '۷ روز', '7 days'],
    ['terms', 'settleCardPart', true, 'بله', 'yes'],
    ['terms', 'from', '2026-05-21', '۱۴۰۵/۰۲/۳۱', '2026-05-21'],
    ['matching', 'rules', [['rrn', 'amount'], ['stan']], 'شمارهٔ مرجع + مبلغ؛ شمارهٔ پیگیری', 'RRN + amount; STAN'],
    ['weekends', 'weekdays', [4, 5], 'پنجشنبه، جمعه', 'Thursday, Friday'],
    ['railLimits', 'rail', 'SATNA', 'ساتنا', 'SATNA'],
    ['feeTables', 'bands', [{ below: 1_000, rials: 10 }, { perMillion: 2_500, most: 500 }], 'کمتر از: ۱٬۰۰۰ ریال، مبلغ ثابت: ۱۰ ریال؛ درصد: ۰٫۲۵ درصد، حداکثر: ۵۰۰ ریال', 'Below: 1,000 IRR, Fixed amount: 10 IRR; Share: 0.25 %, At most: 500 IRR'],
    ['units', 'rials', 10, '۱۰', '10'],
    ['rules', 'pinCheck', 'issuer', 'صادرکنندهٔ کارت', 'by the issuer'],
    ['rules', 'confirmWithinMs', 300_000, '۵ دقیقه', '5 minutes'],
    ['charges', 'days', [{ cohorts: [0, 1], day: 5 }], 'دسته‌ها: ۰، ۱، روز: روز ۵ ماه', 'Groups: 0, 1, Day: day 5 of the month'],
    ['entitlements', 'period', '*', 'هر ماه', 'every month'],
    ['windows', 'period', '1405-03', '۱۴۰۵/۰۳', '1405/03'],
    ['windows', 'effectiveAt', '2026-11-27T20:30:00.000Z', '۱۴۰۵/۰۹/۰۷ ۰۰:۰۰', '2026-11-28 00:00'],
    ['signals', 'medianRials', '12000', '۱۲٬۰۰۰ ریال', '12,000 IRR'],
    ['signals', 'hours', { '*': [6, 24], dairy: [7, 15] }, 'دیگر صنف‌ها: ۶ تا ۲۴، لبنیات: ۷ تا ۱۵', 'other guilds: 6 to 24, dairy: 7 to 15'],
    ['signals', 'terminals', ['10000001'], '10000001', '10000001'],
    ['baskets', 'guilds', { dairy: ['09', '10'] }, 'لبنیات: 09، 10', 'dairy: 09, 10'],
    ['terms', 'minPayoutRials', null, '—', '—'],
  ])('%s.%s of %j reads «%s»', (section, name, value, persian, english) => {
    expect(bare(valueText(fa, section, name, value))).toBe(persian);
    expect(bare(valueText(en, section, name, value))).toBe(english);
  }); // prettier-ignore

  test('a changed row names the fields that are other', () => {
    expect(changedNames({ from: '2026-01-01', days: [1] }, { from: '2026-01-01', days: [1, 2], more: 1 })).toEqual(['days', 'more']); // prettier-ignore
    expect(changedNames(null, { from: '2026-01-01' })).toEqual(['from']);
  });

  interface Shape {
    readonly properties?: Readonly<Record<string, Shape>>;
    readonly items?: Shape;
    readonly anyOf?: readonly Shape[];
    readonly const?: unknown;
    readonly enum?: readonly unknown[];
  }
  /** Every field of a shape, and every word that it may hold. */
  const namesIn = (section: string, shape: Shape): string[] =>
    Object.entries(shape.properties ?? {}).flatMap(([name, each]) => [`${section} ${name}`, ...deeper(section, each)]);
  const deeper = (section: string, shape: Shape): string[] => [
    ...namesIn(section, shape),
    ...(shape.items === undefined ? [] : deeper(section, shape.items)),
  ];
  const wordsIn = (name: string, shape: Shape): string[] => [
    ...(shape.anyOf ?? []).flatMap((each) => wordsIn(name, each)),
    ...(typeof shape.const === 'string' ? [`${name}.${shape.const}`] : []),
    ...(shape.enum ?? []).filter((each) => typeof each === 'string').map((each) => `${name}.${each}`),
    ...(shape.items === undefined ? [] : wordsIn(name, shape.items)),
    ...Object.entries(shape.properties ?? {}).flatMap(([inner, each]) => wordsIn(inner, each)),
  ];
  const sectionsOf = (file: Shape): [string, Shape][] => Object.entries(file.properties ?? {}).map(([section, each]) => [section, each.items ?? {}]); // prettier-ignore
  const SETTLEMENT = sectionsOf(RulesFileSchema as unknown as Shape);
  const PROGRAMME = sectionsOf(ProgrammeSchema as unknown as Shape);
  const SIGNALS = Object.values(THRESHOLDS).map((each): [string, Shape] => ['signals', each as unknown as Shape]);
  /** As src/signals/sql says what it found. */
  const FOUND = readdirSync(new URL('../../src/signals/sql/', import.meta.url)).flatMap((file) => {
    const text = readFileSync(new URL(`../../src/signals/sql/${file}`, import.meta.url), 'utf8');
    const [, said = ''] = /jsonb_build_object\(([\s\S]*?)\) as figures/.exec(text) ?? [];
    return [...said.matchAll(/'([a-z][A-Za-z]+)',/g)].map(([, name]) => `signals ${name ?? ''}`);
  });

  test('each field of settlement, programmes and signals has a name in both languages', () => {
    const fields = [...[...SETTLEMENT, ...PROGRAMME, ...SIGNALS].flatMap(([section, shape]) => namesIn(section, shape)), ...FOUND]; // prettier-ignore
    expect(fields.length).toBeGreaterThan(120);
    expect(FOUND.length).toBeGreaterThan(20);
    const guilds: readonly string[] = [...GUILDS, '*'];
    const unnamed = [...new Set(fields)].filter((each) => {
      const [section = '', name = ''] = each.split(' ');
      return fieldOf(section, name) === undefined && !guilds.includes(name);
    });
    expect(unnamed).toEqual([]);
  });

  test('each word that a file may say has one of ours, and each guild', () => {
    const words = [...SETTLEMENT, ...PROGRAMME].flatMap(([, shape]) => wordsIn('', shape));
    const wanted = [...words, ...GUILDS.map((guild) => `guild.${guild}`)];
    expect(wanted.length).toBeGreaterThan(30);
    expect([...new Set(wanted)].filter((each) => RULE_WORDS[each] === undefined)).toEqual([]);
  });

  test('names are Persian in Persian', () => {
    const latin = Object.entries(RULE_FIELDS).filter(([, { fa: name }]) => !/[\u0600-\u06ff]/.test(name));
    expect(latin).toEqual([]);
  });

  test('thresholds go into a form and come back', () => {
    const thresholds = { leastRials: 5_000_000, hours: { '*': [6, 24], dairy: [7, 15] } };
    const inputs = inputsOf(thresholds);
    const typed = Object.fromEntries(inputs.map(({ name, value }) => [name, value]));
    expect(thresholdsOf(inputs, typed)).toEqual(thresholds);
    expect(thresholdsOf(inputs, { ...typed, 'hours.dairy': '۷ تا ۱۶' })).toMatchObject({ hours: { dairy: [7, 16] } });
    expect(thresholdsOf(inputs, { ...typed, leastRials: '' })).toBeUndefined();
    expect(thresholdsOf(inputs, { ...typed, 'hours.*': 'always' })).toBeUndefined();
  });
});

test.each([
  ['6260000000017', '6260000000017'],
  ['۶۲۶۰۰۰۰۰۰۰۰۱۷', '6260000000017'],
  ['96385074', '0000096385074'],
  ['012345678905', '0012345678905'],
  ['06260000000017', '6260000000017'],
  ['3', '0000000000003'],
  ['09', '0000000000009'],
  ['16260000000014', undefined],
  ['0', undefined],
  ['', undefined],
  ['rice', undefined],
])('of a good, %j is the code %j of messages', (typed, code) => {
  expect(goodsCodeOf(typed)).toBe(code);
});

describe('sentences that the system writes', () => {
  const told = (text: string): string =>
    toldIn({ language: 'fa', unit: 'toman' }, text).replace(/[\u2066-\u2069]/g, '');

  test.each([
    ['total 40065000 there, 40015000 here', 'جمع آنجا ۴٬۰۰۶٬۵۰۰ تومان، اینجا ۴٬۰۰۱٬۵۰۰ تومان'],
    ['refused there (51), approved here', 'آنجا رد شده (51)، اینجا تأیید'],
    ['of business day 2026-05-21, told in the file of 2026-05-23', 'از روز کاری ۱۴۰۵/۰۲/۳۱، در فایل ۱۴۰۵/۰۳/۰۲ آمده'],
    ['the same SALE was told before', 'خرید پیش‌تر هم گزارش شده بود'],
    ['Sheba IR71 there, none here', 'شبا آنجا IR71، اینجا ندارد'],
    ['credit 5000: از فایل', 'بستانکار کردن فروشگاه، ۵۰۰ تومان: از فایل'],
    ['none 0: در فایل بعدی آمد', 'بی‌سند: در فایل بعدی آمد'],
    ['returned by the bank: AC04', 'برگشت بانک (AC04): حساب یا شبا پذیرفته نیست'],
    ['it is done', 'وضعیت: تمام'],
    ['3 of 5 business days are closed', '۳ از ۵ روز کاری بسته شده'],
    ['purchases declined: 2.50 % with it, 1.00 % without: too little yet to be sure', 'خرید ردشده: ۲٫۵۰ درصد با آن، ۱٫۰۰ درصد بی آن؛ برای نتیجهٔ قطعی هنوز کم است'],
    ['یادداشت خود کاربر', 'یادداشت خود کاربر'],
    ['what nobody foresaw', 'what nobody foresaw'],
  ])('«%s» is read as «%s»', (text, persian) => {
    expect(told(text)).toBe(persian);
    expect(toldIn({ language: 'en', unit: 'rial' }, text)).toBe(text);
  }); // prettier-ignore

  /** What breaks and rollouts say of themselves, with something in each gap, as the files have it. */
  const sourced = (): string[] => {
    const sql = readFileSync(new URL('../../src/settlement/acquirer/sql/breaks.sql', import.meta.url), 'utf8');
    const breaks = [...sql.matchAll(/^\s+'([A-Za-z]+ )' \|\| .*$|'((?:taken|sold) [a-z ,]+)'/gm)].flatMap(([, , whole]) => (whole === undefined ? [] : [whole])); // prettier-ignore
    const machine = readFileSync(new URL('../../src/updates/rollouts/machine.ts', import.meta.url), 'utf8');
    const waits = [...machine.matchAll(/why\.push\(\s*[`']([^`']+)[`']/g)].map(([, text = '']) => text.replace(/\$\{[^}]+\}/g, '7'));
    return [...breaks, ...waits];
  }; // prettier-ignore
  test('each that a break or a rollout may say is known', () => {
    const all = sourced();
    expect(all.length).toBeGreaterThanOrEqual(6);
    expect(all.filter((text) => !/[\u0600-\u06ff]/.test(told(text)))).toEqual([]);
  });
});

test('each act that the code writes into the audit has words', () => {
  const words = readFileSync(new URL('../../web/src/pages/audit/words.ts', import.meta.url), 'utf8');
  const keys = new Set([...words.matchAll(/'((?:noun|verb)\.[a-z-]+)'/g)].map(([, key = '']) => key));
  const sources = readdirSync(new URL('../../src/', import.meta.url), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.startsWith('simulators')); // prettier-ignore
  const acts = sources.flatMap((file) =>
    [...readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8').matchAll(/\bact: '([a-z-]+)\.([a-z-]+)'/g)].map(([, noun = '', verb = '']) => [`noun.${noun}`, `verb.${verb}`]),
  ); // prettier-ignore
  expect(acts.length).toBeGreaterThan(60);
  expect([...new Set(acts.flat())].filter((key) => !keys.has(key))).toEqual([]);
});
