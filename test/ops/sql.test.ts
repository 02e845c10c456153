import { expect, test } from '@jest/globals';
import { everySqlIn, sqlIn } from '../../src/ops/sql.ts';

const functions = new URL('../../src/ledger/functions/', import.meta.url);

test('a statement is read by its name', () => {
  expect(sqlIn(functions)('purchase')).toContain('create function decide_purchase(');
});

test('a name that is no file of the folder is an error that names it', () => {
  expect(() => sqlIn(functions)('refund')).toThrow(/functions\/refund\.sql/);
});

test('every file of a folder and of those in it, by name', () => {
  const names = everySqlIn(functions).map(({ name }) => name);
  expect(names).toEqual([...names].sort());
  expect(names).toEqual(expect.arrayContaining(['purchase.sql', 'shared/split.sql']));
});
