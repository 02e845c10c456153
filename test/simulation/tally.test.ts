import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../../simulation/run.ts';
import { commandOf, keepTable, Tally } from '../../simulation/tally.ts';

const RESULT: RunResult = {
  seed: 7,
  hash: '0123456789abcdef',
  steps: 1_200,
  days: 2,
  closes: 3,
  bursts: 4,
  sales: 40,
  faults: [],
  history: { histories: 4, operations: 9, longest: 5, unknown: 0, blurred: 1 },
  requests: 500,
  troubles: { deaths: 2, powerCuts: 1, disk: { torn: 1, lost: 2, full: 0 } },
};
const FAULTY: RunResult = {
  ...RESULT,
  seed: 8,
  steps: 900,
  days: 0,
  faults: ['Error: /tmp/kalabarg-simulation-abc/x | y\n    at somewhere'],
};

test('a fault is told in one line, with what a person types to see it again', () => {
  expect(commandOf(RESULT)).toBe('npm run simulate -- --seed 7 --days 2');
  expect(commandOf(FAULTY, { copies: 1, without: ['bank', 'hsm'] }, 'a-mutant')).toBe(
    'npm run simulate -- --seed 8 --days 1 --until 900 --mutant a-mutant --copies 1 --without bank,hsm',
  );
});

test('a night is summed up: days, days an hour, faults with their seeds, the largest history', () => {
  const tally = new Tally();
  for (const result of [RESULT, FAULTY, { ...RESULT, seed: 9, history: { ...RESULT.history, longest: 8 } }])
    tally.add(result, commandOf(result));
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-tally-')), 'new', 'night.md');
  keepTable(file, tally.table(1_800, 900));
  const told = readFileSync(file, 'utf8');
  rmSync(join(file, '..', '..'), { recursive: true });
  for (const row of [
    '| seeds | 3 |',
    '| days with customers | 4 |',
    '| days of the calendar, each with its close | 9 |',
    '| copies and workers that died | 6 |',
    '| files torn, names lost, writes to a full disk | 3, 6, 0 |',
    '| faults | 1 |',
    '| days an hour, an hour of the processor | 8, 16 |',
    '| largest history | 8 operations (seed 9) |',
    '| 8 | Error: …/x / y | `npm run simulate -- --seed 8 --days 1 --until 900` |',
  ])
    expect(told.split('\n')).toContain(row);
});
