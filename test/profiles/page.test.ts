import { describe, expect, test } from '@jest/globals';
import { fromPage, toPage } from '../../src/profiles/wire/page.ts';

const hex = (wire: string) => Buffer.from(wire, 'latin1').toString('hex').toUpperCase();

describe('Iran System', () => {
  test.each([
    ['a letter has the form of its place: alone, initial, medial, final', 'ع ععع', 'E1FFE4E3E2'],
    ['letters that the next never joins', 'دار', 'A290A4'],
    ['lam with alef is one', 'کالا', 'EE91F2'],
    ['a ZWNJ parts two letters', 'کم‌چرب', 'EEF49DA492'],
    ['digits are Persian where they are written so', '۱۲ 12', '8182FF3132'],
    ['Arabic letters are Persian ones', 'كي', 'EEFC'],
    ['what the page lacks is a question mark', 'ä', '3F'],
  ])('%s', (_name, text, bytes) => {
    expect(hex(toPage(text, 'iran-system-logical'))).toBe(bytes);
  });

  test('in the order of the screen Persian is turned, numbers are not, lines stay', () => {
    expect(hex(toPage('کد ۱۲', 'iran-system'))).toBe('8182FF' + 'A2EE');
    expect(hex(toPage('آب\n۳۴', 'iran-system'))).toBe('928D' + '0A' + '8384');
  });

  test.each(['iran-system', 'iran-system-logical'] as const)('%s: what is written reads back', (page) => {
    const text = 'پرداختی از کالابرگ(ریال): ۲۰۰,۰۰۰\nمبلغ کل(ریال): ۲۲۲,۲۲۲';
    expect(fromPage(toPage(text, page), page)).toBe(text);
  });
});

test('cp1256 has neither Persian yeh nor Persian digits', () => {
  expect(hex(toPage('ریال ۱۲', 'cp1256'))).toBe('D1EDC7E1203132');
  expect(fromPage(toPage('ریال', 'cp1256'), 'cp1256')).toBe('ریال');
});

test('UTF-8 is cut between characters', () => {
  expect(toPage('ریال', 'utf8', 5)).toBe('ری');
});
