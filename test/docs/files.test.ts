import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { register } from '../../src/cli/ledger/credit.ts';
import { kindOf, referenceColumns } from '../../src/ledger/load/kinds.ts';

const page = readFileSync(new URL('../../docs/files.md', import.meta.url), 'utf8');

test.each(referenceColumns())('docs/files.md has the columns of $file, in their order', ({ file, columns }) => {
  const row = page.split('\n').find((line) => line.startsWith(`| \`${file}\` |`)) ?? '';
  const cell = row.split(' | ').slice(1).join(' | ').replace(/ \|$/, '');
  const [list = ''] = cell.replace(/\([^)]*\)/g, '').split(' — ');
  expect(list.split(',').map((name) => name.trim())).toEqual(columns);
});

test('credit load --help has the columns of every reference file', () => {
  const program = new Command();
  register(program);
  const load = program.commands[0]?.commands.find((command) => command.name() === 'load');
  let help = '';
  load?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  for (const { file, columns } of referenceColumns())
    expect(help).toMatch(new RegExp(`${file} +${columns.join(',')}\n`));
});

test('a header that lacks columns names them, and says where all are listed', () => {
  expect(kindOf(['household', 'head_national_id', 'members'])).toBe(
    'is not the header of a reference file (for households.csv it lacks decile; kalabarg credit load --help lists the columns of each)',
  );
});
