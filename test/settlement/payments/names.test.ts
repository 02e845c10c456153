import { expect, test } from '@jest/globals';
import { cleanName } from '../../../src/settlement/payments/names.ts';

test.each([
  ['\u0643\u0627\u0644\u0627\u064a', '\u06a9\u0627\u0644\u0627\u06cc', 'Arabic kaf and yeh become Persian'],
  ['می\u200cرود', 'می رود', 'a zero-width non-joiner becomes a space'],
  ['  a \t\n b\u00a0 ', 'a b', 'white space is trimmed and single'],
  ['a\u0000\u001b\u202eb\u200f', 'ab', 'control and bidirectional marks go'],
  ['کـــالا', 'کالا', 'tatweel goes'],
  ['a\uffff\ufffe\u{1ffff}b', 'ab', 'what XML cannot hold goes'],
  ['\ufeff\u200b', '', 'nothing printable leaves nothing'],
])('%j is cleaned to %j: %s', (text, clean) => {
  expect(cleanName(text, 70)).toBe(clean);
});

test('a bank that wants Arabic letters gets them', () => {
  expect(cleanName('یک', 70, 'arabic')).toBe('\u064a\u0643');
});

test('a long name is cut between characters, never inside one', () => {
  expect(cleanName('ab😀😀', 5)).toBe('ab😀');
  expect(cleanName('x\u0323\u0323', 2)).toBe('');
  expect(cleanName('abc def', 4)).toBe('abc');
});
