import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/system.ts';

let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'kalabarg-serve-'));
});
afterAll(() => {
  rmSync(data, { recursive: true, force: true });
});

const serve = (environment: Readonly<Record<string, string>>) =>
  runCommand(['serve'], { PATH: process.env['PATH'] ?? '', KALABARG_DATA: data, ...environment });

test('serve says one by one what it wants before it touches anything', async () => {
  const database = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
  const bank = { KALABARG_BANK_HOST: '127.0.0.1:1' };
  expect(await serve({})).toMatchObject({ status: 1, stderr: expect.stringContaining('serve needs DATABASE_URL') });
  expect(await serve(database)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('serve needs KALABARG_BANK_HOST'),
  });
  mkdirSync(join(data, 'tls'));
  writeFileSync(join(data, 'tls', 'ca.crt'), '');
  const { status, stderr } = await serve({ ...database, ...bank });
  expect(status).toBe(1);
  expect(stderr).toContain(
    `serve needs ${join(data, 'tls', 'server.crt')}, ${join(data, 'tls', 'server.key')}: the CA`,
  );
});
