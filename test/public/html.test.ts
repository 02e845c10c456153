import { expect, test } from '@jest/globals';
import { RIAL } from '../../src/field/money-unit.ts';
import { html } from '../../src/public/html.ts';
import { countOf, digits, lengthOf, momentOf, rialsOf } from '../../src/public/language.ts';
import { moneyOf } from '../../src/public/pages/shop/money.ts';
import { safePath } from '../../src/public/paths.ts';

test('text is escaped wherever it stands; markup, lists and nothing are not', () => {
  const name = `<img src=x onerror="alert('1')">&`;
  expect(html`<p title="${name}">${name}</p>`.toString()).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>',
  );
  expect(html`${[html`<b>${1}</b>`, 'a<b', [null, undefined, false, 7n]]}`.toString()).toBe('<b>1</b>a&lt;b7');
});

test.each([
  ['/apply', '/apply'],
  ['/case?of=1', '/case?of=1'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example/', '/'],
  ['/a/..//evil.example', '/'],
  ['/.//evil.example', '/'],
  ['/\tx', '/'],
  ['/ok\r\nset-cookie: a=b', '/'],
  ['javascript:alert(1)', '/'],
  [undefined, '/'],
  [['/a', '/b'], '/'],
])('the way back %j leads to %s', (given, path) => {
  expect(safePath(given)).toBe(path);
});

test.each([
  [0, '0 sales', '۰ فروش', '0 rials', '0 tomans'],
  [1, '1 sale', '۱ فروش', '1 rial', '1 toman'],
  [2, '2 sales', '۲ فروش', '2 rials', '2 tomans'],
])('%d of something has its own grammar', (count, en, fa, rials, tomans) => {
  const sale = { fa: 'فروش', en: 'sale' };
  expect([countOf('en', count, sale), countOf('fa', count, sale)]).toEqual([en, fa]);
  expect([
    rialsOf('en', BigInt(count)),
    moneyOf('en', { counted: 'toman', reading: [RIAL] }, BigInt(count) * 10n),
  ]).toEqual([rials, tomans]);
});

test('in the years of two units an amount is said in both, first in that of the payments', () => {
  const coin = { ...RIAL, unit: 'new-rial', exponent: 2, rials: 10_000n, stepRials: 100n, nameFa: 'ریال نو', nameEn: 'new rial' }; // prettier-ignore
  const said = (reading: Parameters<typeof moneyOf>[1]['reading'], language: 'fa' | 'en' = 'en') => moneyOf(language, { counted: 'rial', reading }, 1_234_567n); // prettier-ignore
  expect(said([RIAL, coin])).toBe('1,234,567 rials = 123.4567 new rial');
  expect(said([coin, RIAL], 'fa')).toBe('۱۲۳٫۴۵۶۷ ریال نو = ۱٬۲۳۴٬۵۶۷ ریال');
  expect(said([coin])).toBe('123.4567 new rial');
});

test('numbers, days and lengths are written as each language does', () => {
  const instant = Date.parse('2026-11-27T15:05:00Z');
  expect(momentOf('fa', instant)).toBe('جمعه ۶ آذر ۱۴۰۵ ساعت ۱۸:۳۵');
  expect(momentOf('en', instant)).toBe('Friday 27 November 2026, 18:35');
  expect([digits('fa', '0912'), digits('en', '0912')]).toEqual(['۰۹۱۲', '0912']);
  expect([rialsOf('fa', 1_200_000n), rialsOf('en', 1_200_000n)]).toEqual(['۱٬۲۰۰٬۰۰۰ ریال', '1,200,000 rials']);
  expect([60_000, 61_000, 3 * 3_600_000, 50 * 3_600_000].map((ms) => lengthOf('fa', ms))).toEqual([
    '۱ دقیقه',
    '۲ دقیقه',
    '۳ ساعت',
    '۳ روز',
  ]);
});
