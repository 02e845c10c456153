import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type pg from 'pg';
import { noteFact } from '../../src/ledger/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { payingProfile } from '../../src/settlement/payer.ts';
import { startSettlement } from '../../src/settlement/service.ts';
import { temporaryPostgres } from '../support/postgres.ts';

const PAYER = { debtorName: 'صندوق ما', debtorSheba: 'IR880600000000400000000004', debtorBic: 'MEHRIRTHXXX' };
const DEMO = 'IR380170000000100000000001';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let data: string;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(server.url, 4);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});
beforeEach(async () => {
  await pool.query('truncate installation, business_days');
  data = mkdtempSync(join(tmpdir(), 'kalabarg-payer-'));
});
const settings = (value: unknown): void => {
  writeFileSync(join(data, 'settlement.json'), JSON.stringify(value));
};

test.each<[what: string, file: unknown]>([
  ['no settlement.json', undefined],
  ['one without a bank', { cutOver: '23:00' }],
  ['a bank that names no Sheba', { bank: { base: 'iso', debtorName: 'ما', debtorBic: 'MEHRIRTHXXX' } }],
])('%s: nobody pays, neither by default nor by a built-in profile', async (_, file) => {
  if (file !== undefined) settings(file);
  for (const profile of [undefined, 'ccti-1', 'ccti-2', 'iso']) {
    await expect(payingProfile(pool, data, profile)).rejects.toThrow(
      `${join(data, 'settlement.json')} must have debtorName, debtorSheba and debtorBic under "bank"`,
    );
  }
});

test('the payer that is named pays, under whichever profile', async () => {
  settings({ bank: PAYER });
  expect(await payingProfile(pool, data)).toMatchObject({ ...PAYER, name: 'ccti-1' });
  expect(await payingProfile(pool, data, 'iso')).toMatchObject({ ...PAYER, name: 'iso' });
});

test('a profile of a file brings its own payer, or takes that of settlement.json', async () => {
  settings({ bank: PAYER });
  const file = join(data, 'other.json');
  writeFileSync(file, JSON.stringify({ base: 'iso', name: 'ours' }));
  expect(await payingProfile(pool, data, file)).toMatchObject({ ...PAYER, name: 'ours' });
  const own = { ...PAYER, debtorName: 'صندوق دوم' };
  writeFileSync(file, JSON.stringify({ base: 'iso', ...own }));
  rmSync(join(data, 'settlement.json'));
  expect(await payingProfile(pool, data, file)).toMatchObject(own);
});

test('the demo programme is paid by the demo payer', async () => {
  await noteFact(pool, 'demo', 'seeded');
  expect(await payingProfile(pool, data)).toMatchObject({ debtorSheba: DEMO });
});

test('a gateway without a payer says that settlement is off, and closes no day', async () => {
  const said: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void said.push(line) });
  await pool.query(`insert into business_days values (current_date - 3)`);
  const options = { databaseUrl: server.url, redisUrl: '', dataDir: data, clock: systemClock, ownClock: systemClock };
  const settlement = await startSettlement({ ...options, pool, log });
  await settlement.close();
  expect(said[0]).toContain('ALARM settlement is off');
  expect(said.join('')).toContain('No payer is named');
  expect((await pool.query('select 1 from business_days where closed_at is not null')).rows).toEqual([]);
  expect((await pool.query('select 1 from clearings')).rows).toEqual([]);
});
