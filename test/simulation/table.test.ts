import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepRow, rowText } from '../../simulation/table.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-table-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const ROW = { name: 'b-mutant', harm: 'does harm', seeds: 2, seconds: 12.4, seen: 'books: a | b\nmore' };
const [BEGIN, END] = [
  '<!-- mutants: written by `npm run simulate -- --mutants --table FILE` -->',
  '<!-- mutants end -->',
];

function page(text: string): string {
  const path = join(folder, 'page.md');
  writeFileSync(path, text);
  return path;
}

test('rows come in the order of the mutants, whichever is hunted first, and a second hunt replaces the first', () => {
  const file = page(`before\n\n${BEGIN}\n\n${END}\n\nafter\n`);
  const order = ['a-mutant', 'b-mutant'];
  keepRow(file, { ...ROW, seeds: undefined, seen: 'not found in 8 seeds' }, order);
  keepRow(file, { ...ROW, name: 'a-mutant' }, order);
  keepRow(file, ROW, order);
  const lines = readFileSync(file, 'utf8').split('\n');
  expect(lines.filter((line) => line.includes('mutant |'))).toEqual([
    '| mutant | harm | seeds | seconds | what was seen |',
    '| a-mutant | does harm | 2 | 12 | books: a / b |',
    '| b-mutant | does harm | 2 | 12 | books: a / b |',
  ]);
  expect([lines[0], lines.at(-2)]).toEqual(['before', 'after']);
});

test('a mutant that is gone leaves the table, and one that is not found stands out', () => {
  const file = page(`${BEGIN}\n\n| old | harm | 1 | 2 | x |\n${END}\n`);
  keepRow(file, { ...ROW, seeds: undefined, seen: 'not found in 8 seeds' }, ['b-mutant']);
  expect(readFileSync(file, 'utf8')).not.toContain('old');
  expect(readFileSync(file, 'utf8')).toContain('| - | 12 | **not found in 8 seeds** |');
});

test('a page without a place for it is refused, and a temporary folder of one run is no part of what was seen', () => {
  const file = page('nothing');
  expect(() => {
    keepRow(file, ROW, ['b-mutant']);
  }).toThrow('has no place for the table');
  expect(rowText({ ...ROW, seen: '/tmp/kalabarg-simulation-nL3xHC/made/x: short' })).toContain('| …/made/x: short |');
});
