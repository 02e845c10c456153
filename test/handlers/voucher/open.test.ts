import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { authorityOfFile, openVoucher, takeList } from '../../../src/handlers/voucher/index.ts';
import { authoritiesSeen, decideBinding, proposeBinding } from '../../../src/ledger/index.ts';
import { DAY_MS, systemClock, tehran } from '../../../src/ops/clock.ts';
import { createLog } from '../../../src/ops/log.ts';
import { startAuthoritySimulator, type AuthoritySimulator } from '../../../src/simulators/authority/index.ts';
import { openTestLedger, type TestLedger } from '../../ledger/support/books.ts';

let books: TestLedger;
let authority: AuthoritySimulator;
const dataDir = mkdtempSync(join(tmpdir(), 'kalabarg-voucher-'));

beforeAll(async () => {
  books = await openTestLedger();
  authority = await startAuthoritySimulator({ host: '127.0.0.1', port: 0, clock: systemClock });
});
afterAll(async () => {
  await authority.close();
  await books.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const open = () =>
  openVoucher({
    pool: books.pool,
    ledger: books.ledger,
    dataDir,
    clock: systemClock,
    random: Math.random,
    log: createLog('silent'),
    registry: new Registry(),
    bankTimeoutMs: 2_000,
  });

function settings(programme: string): void {
  const text = `authorities: [{ name: central, programme: ${programme}, cards: ['627760'], url: '${authority.url}' }]`;
  writeFileSync(join(dataDir, 'authorities.yaml'), text);
}

test('without settings the port is the ledger itself, not a wrapper', async () => {
  const voucher = await open();
  expect(voucher.port).toBe(books.ledger);
  await voucher.close();
});

test('a programme that the database does not have keeps the gateway from starting, and is named', async () => {
  settings('nowhere');
  await expect(open()).rejects.toMatchObject({
    code: 'authority.programme',
    message: expect.stringMatching(/authorities\.yaml: central decides programme nowhere/),
  });
});

test('what stands in the file is shown, and its lists are not asked for, until two persons approved just that', async () => {
  settings('test');
  await (await open()).close();
  const content = authorityOfFile(dataDir, 'central');
  expect(await authoritiesSeen(books.pool, Date.now() - DAY_MS)).toMatchObject([{ ...content, caSha256: null }]);
  const ask = { pool: books.pool, dataDir, clock: systemClock };
  await expect(takeList(ask, 'central', tehran(Date.now() - DAY_MS).isoDate)).rejects.toMatchObject({
    code: 'authority.off',
  });
  const proposal = { content, from: tehran(Date.now()).isoDate, reason: 'the contract of 1405', by: 'Ali' };
  await decideBinding(books.pool, (await proposeBinding(books.pool, proposal)).id, 'approved', 'Sara');
});

test('with them the authority decides, and its list of yesterday is taken by itself', async () => {
  settings('test');
  const voucher = await open();
  expect(voucher.port).not.toBe(books.ledger);
  for (let i = 0; i < 200; i++) {
    const { rowCount } = await books.pool.query(`select from authority_lists where authority = 'central'`);
    if (rowCount === 1) break;
    await systemClock.sleep(25);
  }
  await voucher.close();
  const { rows } = await books.pool.query<{ day: string }>('select day::text from authority_lists');
  expect(rows).toHaveLength(1);
  const ask = { pool: books.pool, dataDir, clock: systemClock };
  expect(await takeList(ask, 'central', rows[0]!.day)).toMatchObject({ repeated: true, lines: 0 });
  await expect(takeList(ask, 'other', rows[0]!.day)).rejects.toMatchObject({ code: 'authority.unknown' });
});
