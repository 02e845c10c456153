import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { bringTables } from '../../src/gateway/database.ts';
import { practiceSide } from '../../src/gateway/practice.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { openPool } from '../../src/ops/database.ts';
import { createLog } from '../../src/ops/log.ts';
import { Parts } from '../../src/ops/parts.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { createDatabase, temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let data: string;
const log = createLog('silent');

beforeAll(async () => {
  server = await temporaryPostgres();
  data = mkdtempSync(join(tmpdir(), 'kalabarg-practice-'));
});
afterAll(async () => {
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

function side(practiceDatabaseUrl: string, demoDatabaseUrl: string | undefined, parts: Parts) {
  const config = loadConfig({ KALABARG_DATA: data, KALABARG_PRACTICE_DATABASE_URL: practiceDatabaseUrl });
  return practiceSide({ config, demoDatabaseUrl, clock: systemClock, random: systemRandom, log, parts });
}

test('production practises where its setting says, under a key that somebody put there; without it nobody does', async () => {
  const parts = new Parts();
  expect((await side('', undefined, parts))()).toBeUndefined();
  const url = await createDatabase(server, 'practice', 'postgres');
  await expect(side(url, undefined, parts)).rejects.toMatchObject({
    code: 'practice.key',
    message: expect.stringContaining('secrets/practice.key'),
  });
  await parts.close();
});

test('the demo makes its own beside its database; no gateway starts on that', async () => {
  const parts = new Parts();
  const practice = await side('', server.url, parts);
  for (let n = 0; n < 600 && practice() === undefined; n++) await systemClock.sleep(50);
  expect(await practice()?.enter('somebody', undefined)).toBe(true);
  await parts.close();
  const url = new URL(server.url);
  url.pathname = '/kalabarg_practice';
  const pool = openPool(url.href, 2);
  pool.on('error', () => undefined);
  const tables = { pool, databaseUrl: url.href, ownerDatabaseUrl: '', demo: true, allowOwner: true, log };
  await expect(bringTables(tables)).rejects.toMatchObject({ code: 'practice.database' });
  await pool.end();
});
