import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { runCommand } from '../support/system.ts';

let server: EmbeddedPostgres;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-credit-'));
  server = await temporaryPostgres();
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function kalabarg(...args: string[]) {
  return runCommand(args, {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: server.url,
    KALABARG_DATA: join(folder, 'data'),
  });
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test('credit is loaded, shown by household and by card, and the books verified, from the command line', async () => {
  const files = [
    file('households.csv', 'household,head_national_id,members,decile\nA1,0499370899,4,3\n'),
    file('cards.csv', 'pan,household\n6037990000000014,A1\n'),
    file(
      'allocations.csv',
      'household,programme,period,amount_rials,valid_from,valid_to\nA1,kalabarg,1405-09,40000000,2026-11-22,2026-12-21\n',
    ),
  ];
  const loaded = await kalabarg('credit', 'load', ...files);
  expect(loaded).toMatchObject({ status: 0, stderr: '' });
  expect(loaded.stdout).toContain('allocations.csv: 1 allocations taken');
  const shown = await kalabarg('credit', 'show', 'A1');
  expect(shown.stdout).toContain('left: 40,000,000 rials, of which ');
  expect((await kalabarg('credit', 'show', '6037990000000014')).stdout).toBe(shown.stdout);
  expect(shown.stdout).toContain('603799******0014');
  expect(JSON.parse((await kalabarg('credit', 'show', 'A1', '--json')).stdout)).toMatchObject({
    household: 'A1',
    members: 4,
  });
  expect(await kalabarg('ledger', 'verify')).toMatchObject({ status: 0, stdout: 'the books are in order\n' });
});

test('a refused file is told by line and column, with exit status 1', async () => {
  const bad = file('bad.csv', 'pan,household\n1234,A1\n');
  const { status, stderr, stdout } = await kalabarg('credit', 'load', bad);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe('kalabarg: refused, nothing was taken:\n  bad.csv:2:1: pan must be 12 to 19 digits\n');
});

test('a household that is not there, and a file that is not, are told in one line', async () => {
  expect(await kalabarg('credit', 'show', 'nobody')).toMatchObject({
    status: 1,
    stderr: 'kalabarg: There is no household and no card with this number.\n',
  });
  expect((await kalabarg('credit', 'load', join(folder, 'no.csv'))).stderr).toMatch(
    /no\.csv cannot be read: there is no such file or folder\. Check the path\.\n$/,
  );
});
