import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { ensureCertificates } from '../../src/demo/machine/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { keepCertificates } from '../../src/gateway/certificates.ts';
import { watchEndings } from '../../src/gateway/radar.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { closenessOf, endingsOf } from '../../src/terminals/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** What ends by itself is told at 90, 30 and 7 days. */
const DAY = 86_400_000;
const now = Date.now();
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-endings-'));
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 2);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'dairy', 'IR710560000000100324200001', 'approved')`,
  );
  await owner.query(
    `insert into terminals (terminal_id, merchant_id) select unnest(array['90000001', '90000002', '90000003']), '000000000000001'`,
  );
  const certificate = (terminal: string, n: number, days: number) =>
    pool.query(
      `insert into terminal_certificates (serial, terminal_id, spki_sha256, sha256, pem, not_before, not_after, issued_at)
       values ($1, $2, lpad($1, 64, 'a'), lpad($1, 64, 'b'), '', $3, $4, $3)`,
      [`0${n}`, terminal, new Date(now - 400 * DAY), new Date(now + days * DAY)],
    );
  await certificate('90000001', 1, -3);
  await certificate('90000002', 2, 2); // it has a next one
  await certificate('90000002', 3, 20);
  await certificate('90000003', 4, 200);
  await owner.query(`insert into terminal_keys (terminal_id, tmk, tmk_at) values ('90000001', '{}', $1)`, [new Date(now - 1_000 * DAY)]); // prettier-ignore
  await owner.query(`insert into hsm_keys (name, key, created_at) values ('zmk:bank', '{}', $1)`, [new Date(now - 1_090 * DAY)]); // prettier-ignore
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the database tells of each terminal its last certificate, and of keys their age', async () => {
  const endings = await endingsOf(pool, { keyDays: 1_095, within: 100, now });
  expect(endings.map((each) => [each.what, each.name, closenessOf(each, now)])).toEqual([
    ['terminal-certificate', '90000001', 0],
    ['shared-key', 'zmk:bank', 7],
    ['terminal-certificate', '90000002', 30],
    ['master-key', '90000001', undefined],
  ]);
});

test('metrics count them, and the log names them once a day', async () => {
  const logged: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) });
  const registry = new Registry();
  const files = await ensureCertificates(folder, [], now - 800 * DAY); // ends in 25 days
  const kept = keepCertificates(files, { clock: systemClock, log, metrics: createMetrics() });
  const certificates = { files, kept };
  const radar = watchEndings({ pool, certificates, keyDays: 1_095, clock: systemClock, log, registry });
  while (!(await registry.metrics()).includes('kalabarg_ends{')) await systemClock.sleep(20);
  await radar.stop();
  const metrics = await registry.metrics();
  for (const [what, within, count] of [
    ['terminal-certificate', 0, 1],
    ['terminal-certificate', 30, 1],
    ['terminal-certificate', 90, 0],
    ['shared-key', 7, 1],
    ['server-certificate', 30, 1],
    ['authority', 30, 1],
    ['licence', 0, 0],
  ] as const)
    expect(metrics).toContain(`kalabarg_ends{what="${what}",within="${within}"} ${count}\n`);
  expect(metrics).toMatch(/kalabarg_ends_next_timestamp_seconds\{what="server-certificate"\} \d/);
  expect(logged).toContainEqual(expect.objectContaining({ level: 50, what: 'terminal-certificate', msg: 'has ended' }));
  expect(logged).toContainEqual(
    expect.objectContaining({ level: 40, what: 'server-certificate', count: 1, msg: 'ends within 30 days' }),
  );
  await kept.close();
});
