import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openBooks, testSheba, type Books } from './support/books.ts';

const DAY = '2026-11-23';
const child = fileURLToPath(new URL('./support/clearing-child.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kalabarg-kill-'));

/** How many points of a clearing are tried: all with KALABARG_TEST_FULL, else some, spread evenly. */
const POINTS = process.env['KALABARG_TEST_FULL'] === undefined ? 10 : Infinity;

const LANES = 5;

let books: Books;
beforeAll(async () => {
  books = await openBooks();
  for (let n = 1; n <= 12; n++) {
    await books.addShop(n, testSheba(n), n === 3 ? 'suspended' : 'approved');
    await books.move(n, DAY, 'purchase', n === 5 ? 4_500_000_000 : 1_000 * n);
    await books.move(n, DAY, 'return', n === 4 ? 9_000 : 10);
  }
  await (await books.queues()).close();
  await books.pool.end(); // a template may have no one on it
});
afterAll(async () => {
  await books.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly databaseUrl: string;
  readonly dataDir: string;
}

/** A copy of the books, for one clearing that may be killed. */
async function copy(name: string): Promise<Run> {
  const url = new URL(books.databaseUrl);
  await books.admin.query(`create database ${name} template books`);
  url.pathname = `/${name}`;
  return { databaseUrl: url.href, dataDir: join(folder, name) };
}

function clear(run: Run, killAt: number): Promise<{ killed: boolean; statements: number }> {
  const argument = JSON.stringify({ ...run, redisUrl: '', day: DAY, killAt });
  return new Promise((done, fail) => {
    execFile(process.execPath, [child, argument], { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') done({ killed: true, statements: 0 });
      else if (error !== null) fail(new Error(stderr));
      else done({ killed: false, statements: Number(stdout) });
    });
  });
}

/** Everything a clearing leaves behind that counts. */
async function outcome(run: Run): Promise<unknown> {
  const outbox = join(run.dataDir, 'outbox');
  const files = readdirSync(outbox).map((name) => [name, readFileSync(join(outbox, name), 'utf8')]);
  const client = new pg.Client({ connectionString: run.databaseUrl });
  await client.connect();
  const tables: unknown[] = [];
  for (const columns of [
    'merchant_id, net_rials, outcome, reason from merchant_nets',
    'merchant_id, instruction_id, message_id, position, amount_rials, state from payment_orders',
    'merchant_id, kind, rials, source, consumed_day from payable_carries',
    'merchant_id, kind, debit, credit, rials, source from settlement_postings',
    'message_id, orders, sum_rials, sha256 from payment_files',
    'debtor_sheba, last_serial from payment_serials',
    'business_day, state, maker, checker from clearings',
  ]) {
    tables.push((await client.query<Record<string, unknown>>(`select ${columns} order by 1, 2`)).rows);
  }
  await client.end();
  return { files, tables };
}

test('a clearing that is killed with SIGKILL anywhere comes out the same when it goes on', async () => {
  const whole = await copy('whole');
  const { statements } = await clear(whole, 0);
  const expected = await outcome(whole);
  const step = Math.max(1, statements / POINTS);
  const points = Array.from({ length: Math.floor(statements / step) }, (_, index) => Math.round(1 + index * step));
  // A killed clearing mostly waits for the lock of its dead job to run out: several wait together.
  const lane = async (): Promise<void> => {
    for (let at = points.pop(); at !== undefined; at = points.pop()) {
      const run = await copy(`killed_${at}`);
      await clear(run, at);
      await clear(run, 0);
      expect([at, await outcome(run)]).toEqual([at, expected]);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}, 600_000);
