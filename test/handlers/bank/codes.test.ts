import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { toldAs, verdictOf } from '../../../src/handlers/bank/codes.ts';
import { bankWordsOf, screenText, wordsOf } from '../../../src/handlers/screen-text.ts';

const FACTS = JSON.parse(
  readFileSync(new URL('../../../docs/domain/response-codes.json', import.meta.url), 'utf8'),
) as { de39: { code: string; action: string }[] };
const EVERY = Array.from({ length: 1_296 }, (_, n) => n.toString(36).toUpperCase().padStart(2, '0'));
const UNKNOWN = bankWordsOf('Q9');

test.each(FACTS.de39)('$code of a bank: $action', ({ code, action }) => {
  const nothingMoved = /^(decline|error)/.test(action) || code === '25';
  expect(verdictOf(code)).toBe(code === '00' ? 'approved' : nothingMoved ? 'declined' : 'undecided');
});

test.each(['11', '16', '99', 'P1', '0A', '', '  '])('%j, which is on no list, may have moved money', (code) => {
  expect(verdictOf(code)).toBe('undecided');
});

describe('what a terminal is told of a code', () => {
  test.each(
    '10 96, 08 96, 11 96, 16 96, 02 96, 32 96, 14 05, 40 05, 57 05, 58 05, 63 05, 76 05, 03 05, 12 05, 13 05, 25 05, 30 05, 94 96, 95 96, 51 51, 54 54, 55 55, 61 61, 65 65, 75 75, 91 91, 68 68, 09 09, 05 05, 62 62, P1 P1'
      .split(', ')
      .map((pair) => pair.split(' ') as [string, string]),
  )('%s of the bank is told as %s', (code, told) => {
    expect(toldAs(code)).toBe(told);
  });

  test('no code of a bank but 00 is told as an approval, and none that cannot be written is told at all', () => {
    for (const code of EVERY) if (code !== '00') expect(['00', '10', '08', '11', '16']).not.toContain(toldAs(code));
    for (const code of ['  ', '0', '000', 'p1', '\u0000\u0001', '٠٠']) expect(toldAs(code)).toBe('96');
  });
});

describe('words for people', () => {
  test('every code of the field has its own, in Persian and English', () => {
    for (const { code } of FACTS.de39) {
      for (const words of [wordsOf(code), bankWordsOf(code)]) {
        expect(words.fa).toMatch(/[آ-ی]/);
        expect(words.en).toMatch(/^[a-zA-Z0-9 ,-]+$/);
      }
      expect(bankWordsOf(code)).not.toEqual(UNKNOWN);
    }
  });

  test('any code has some; an approval in full needs none; at most 120 bytes', () => {
    for (const code of EVERY) {
      for (const reason of ['', `bank.declined.${code}`, `bank.doubt.${code}`]) {
        const text = screenText(code, reason);
        if (code === '00') expect(text).toBeUndefined();
        else expect(Buffer.byteLength(text ?? '')).toBeGreaterThan(5);
        expect(Buffer.byteLength(text ?? '')).toBeLessThanOrEqual(120);
      }
    }
  });

  test('a bank that knows no card 14 does not say that the card is not in kalabarg', () => {
    expect(screenText('14')).toBe('کارت مشمول کالابرگ نیست');
    expect(screenText('05', 'bank.declined.14')).toBe('بانک: شماره‌ی کارت نامعتبر است (کد 14)');
    expect(screenText('96', 'bank.doubt.10')).toContain('کد 10');
  });
});
