import { expect, test } from '@jest/globals';
import { languageOf } from '../../../src/console/api/language.ts';
import { PROBLEMS } from '../../../src/console/api/problem-codes.ts';

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['fa', 'fa'],
  ['fa-IR', 'fa'],
  ['FA-ir,en;q=0.8', 'fa'],
  ['en-GB,en;q=0.9,fa;q=0.8', 'en'],
  ['fa;q=0.3, en;q=0.4', 'en'],
  ['fa;q=0', 'en'],
  ['de, fa;q=0.1', 'fa'],
  ['*', 'en'],
  ['fa;q=nonsense', 'fa'],
  [','.repeat(100_000), 'en'],
])('%p reads %s', (header, language) => {
  expect(languageOf(header)).toBe(language);
});

test('every problem is said in Persian letters, and in English', () => {
  for (const [code, { title, detailFa }] of Object.entries(PROBLEMS)) {
    expect([code, title.fa, detailFa].join(' ')).not.toMatch(/[يك]/);
    expect(title.fa).toMatch(/^[\u0600-\u06ff\u200c A-Za-z-]+$/);
    expect(detailFa).toMatch(/[\u0600-\u06ff].*[.)]$/);
    expect(title.en).toMatch(/^[A-Z]/);
  }
});
