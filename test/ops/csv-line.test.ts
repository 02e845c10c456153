import { expect, test } from '@jest/globals';
import { csvLine } from '../../src/ops/csv.ts';

test.each([
  ['=1+1', `'=1+1`],
  [' =1+1', `' =1+1`],
  ['\u00a0=1+1', `'\u00a0=1+1`],
  ['\ufeff=1+1', `'\ufeff=1+1`],
  ['\u200b\u202e@SUM(A1)', `'\u200b\u202e@SUM(A1)`],
  ['-1+cmd|"/c calc"!A1', `"'-1+cmd|""/c calc""!A1"`],
  ['+98912', `'+98912`],
  ['@x', `'@x`],
  ['\r=1', `"'\r=1"`],
  ['\n=1', `"'\n=1"`],
  ['\t=1', `"'\t=1"`],
  ['a\r\n=1', `"a\r'\n=1"`],
  ['shop;=1+1', `"shop;'=1+1"`],
  ['shop; "=1+1', `"shop;' ""=1+1"`],
  ['a\t-x', `"a\t'-x"`],
  ['＝1+1', `'＝1+1`],
  ['－1', `'－1`],
  ['-1000', '-1000'],
  ['-', '-'],
  ['1000', '1000'],
  ['Nan-o-panir', 'Nan-o-panir'],
  ['Nan, o panir', '"Nan, o panir"'],
  ['the "best"', '"the ""best"""'],
  ['', ''],
])('a field of %j is written as %j', (field, written) => {
  expect(csvLine([field])).toBe(written);
});

test('fields are put together by commas', () => {
  expect(csvLine(['a', 'b,c', ''])).toBe('a,"b,c",');
});
