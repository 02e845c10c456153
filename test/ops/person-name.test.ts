import { expect, test } from '@jest/globals';
import { isSamePerson, personName } from '../../src/ops/person-name.ts';

test.each([
  ['maryam', ' MARYAM '],
  ['maryam', 'mar yam'],
  ['maryam', 'mar\u200byam'],
  ['maryam', 'm\u0430ry\u0430m'], // Cyrillic a
  ['maryam', '\uff4daryam'], // full width
  ['maryam', 'máryam'],
  ['maryam', 'mar.yam'],
  ['مريم', 'مریم'], // Arabic and Persian yeh
  ['مریم كریمی', 'مریم\u200cکریمی'],
])('%j and %j are one person', (one, other) => {
  expect(isSamePerson(one, other)).toBe(true);
});

test.each([
  ['maryam', 'babak'],
  ['maryam', 'maryam2'],
  ['مریم', 'بابک'],
])('%j and %j are two', (one, other) => {
  expect(isSamePerson(one, other)).toBe(false);
});

test.each(['', '  ', '\u200b', '...', 'a\nb', 'a\u202eb', 'x'.repeat(65)])('%j is nobody', (name) => {
  expect(() => personName(name)).toThrow('is not a person');
});

test('a name keeps its spelling', () => {
  expect(personName(' مریم\u200cکریمی ')).toBe('مریم\u200cکریمی');
});
