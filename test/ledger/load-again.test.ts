import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadFiles, verifyLedger, type LoadedFile } from '../../src/ledger/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-again-'));
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});

beforeEach(async () => {
  await pool.query(
    'truncate households, cards, buckets, postings, programmes, merchants, terminals, goods, loaded_files cascade',
  );
});

afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const MERCHANTS = 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status';
const SHOP = '000000000000007,Nan,dairy,,0499370899,,IR380170000000100000000001,09121234567,1234567890,approved';
const TERMINALS = 'terminal,merchant,profile,key_scheme,software_version,status';
const TERMINAL = '10000099,000000000000007,native,,2.1.0,active';
const GOODS = 'gtin or goods code,category,name_fa,unit,price_cap_rials,valid_from,valid_to';
const CHEESE = '6260000000017,11,پنیر,gram,900000,2026-03-21,';
const HOUSEHOLDS = 'household,head_national_id,members,decile';
const ALI = 'A1,0499370899,4,3';

async function load(name: string, ...lines: string[]): Promise<LoadedFile> {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n') + '\n');
  const [loaded] = await loadFiles(pool, [path], {
    panKey: Buffer.alloc(32, 1),
    now: Date.UTC(2026, 10, 23, 8),
    profiles: ['native'],
  });
  return loaded as LoadedFile;
}

async function value(query: string): Promise<unknown> {
  return Object.values((await pool.query<Record<string, unknown>>(query)).rows[0] ?? {})[0];
}

test('a stolen terminal that is disabled, enabled and disabled again is disabled', async () => {
  await load('m.csv', MERCHANTS, SHOP);
  const status = (word: string): Promise<LoadedFile> =>
    load('terminals.csv', TERMINALS, TERMINAL.replace('active', word));
  await status('disabled');
  await status('active');
  expect(await status('disabled')).toMatchObject({ rows: 1, changed: 1, repeated: true });
  expect(await value('select status from terminals')).toBe('disabled');
  expect(await status('disabled')).toMatchObject({ rows: 1, changed: 0, repeated: true });
  expect(await value(`select max(loads) from loaded_files where kind = 'terminals'`)).toBe(3);
});

test.each([
  ['merchants', [MERCHANTS, SHOP], [MERCHANTS, SHOP.replace('approved', 'suspended')], 'select status from merchants'],
  ['goods', [GOODS, CHEESE], [GOODS, CHEESE.replace('900000', '950000')], 'select price_cap_rials::int from goods'],
  ['households', [HOUSEHOLDS, ALI], [HOUSEHOLDS, ALI.replace(',4,', ',5,')], 'select members from households'],
])('%s: what the first file says stands after it came once more', async (_, first, second, query) => {
  await load('one.csv', ...first);
  const before = await value(query);
  await load('two.csv', ...second);
  expect(await value(query)).not.toEqual(before);
  expect(await load('one-more.csv', ...first)).toMatchObject({ changed: 1, repeated: true });
  expect(await value(query)).toEqual(before);
});

test('what was changed by hand is mended by the same file', async () => {
  await load('m.csv', MERCHANTS, SHOP);
  await load('t.csv', TERMINALS, TERMINAL.replace('active', 'disabled'));
  await pool.query(`update terminals set status = 'active'`);
  expect(await load('t.csv', TERMINALS, TERMINAL.replace('active', 'disabled'))).toMatchObject({ changed: 1 });
  expect(await value('select status from terminals')).toBe('disabled');
});

test('an allocation is posted once, however often its file comes, also after it was spent', async () => {
  await load('h.csv', HOUSEHOLDS, ALI);
  const lines = [
    'household,programme,period,amount_rials,valid_from,valid_to',
    'A1,kalabarg,1405-09,40000000,2026-11-22,2026-12-21',
  ];
  expect(await load('a.csv', ...lines)).toMatchObject({ changed: 1, repeated: false });
  expect(await load('b.csv', ...lines)).toMatchObject({ changed: 0, repeated: true });
  expect(await value('select count(*)::int from postings')).toBe(1);
  expect(await verifyLedger(pool)).toEqual([]);
});

test('nobody is told of terminals that stay as they are', async () => {
  await load('m.csv', MERCHANTS, SHOP);
  await load('t.csv', TERMINALS, TERMINAL);
  const client = await pool.connect();
  const told: string[] = [];
  client.on('notification', ({ payload }) => told.push(payload ?? ''));
  await client.query('listen kalabarg_terminal');
  await load('t.csv', TERMINALS, TERMINAL);
  await load('t.csv', TERMINALS, TERMINAL.replace('active', 'disabled'));
  await client.query('select 1');
  client.release();
  expect(told).toEqual(['10000099']);
});
