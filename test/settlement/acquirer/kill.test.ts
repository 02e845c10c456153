import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { testSheba } from '../support/books.ts';
import { openLedgerBooks, rrnOf, stanOf, writeKbsf, type FileLine, type LedgerBooks } from '../support/ledger-books.ts';

const DAY = '2026-11-23';
const SALES = 6_000;
const child = fileURLToPath(new URL('../support/take-child.mjs', import.meta.url));

/** How many points of a taking are tried: all with KALABARG_TEST_FULL, else some, spread evenly. */
const POINTS = process.env['KALABARG_TEST_FULL'] === undefined ? 6 : Infinity;

let books: LedgerBooks;
let admin: pg.Pool;
let path: string;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay('2026-11-22');
  await books.addShop(1, testSheba(1));
  const ids = Array.from({ length: SALES }, (_, at) => at + 1);
  await books.add(ids.map((id) => ({ id, kind: 'purchase', day: DAY, shop: 1, voucher: id }) as const));
  const told = ids.flatMap((id): FileLine[] => {
    if (id % 500 === 0) return []; // only here
    const voucher = id % 700 === 0 ? id + 1 : id; // another amount there
    return [{ shop: 1, rrn: rrnOf(id), stan: stanOf(id), day: DAY, voucher }];
  });
  const unknown = { shop: 1, rrn: rrnOf(9_999_999), day: DAY, voucher: 9 };
  ({ path } = writeKbsf(books.dataDir, DAY, [...told, unknown]));
  const url = new URL(books.databaseUrl);
  url.pathname = '/template1';
  admin = new pg.Pool({ connectionString: url.href, max: 1 });
  admin.on('error', () => undefined); // the server stops before its last connection is closed
  await books.pool.end(); // a template may have no one on it
});
afterAll(async () => {
  await admin.end();
  await books.close();
});

async function copy(name: string): Promise<string> {
  const url = new URL(books.databaseUrl);
  await admin.query(`create database ${name} template ${url.pathname.slice(1)}`);
  url.pathname = `/${name}`;
  return url.href;
}

function take(databaseUrl: string, killAt: number): Promise<{ killed: boolean; statements: number }> {
  const argument = JSON.stringify({ databaseUrl, path, killAt });
  return new Promise((done, fail) => {
    execFile(process.execPath, [child, argument], { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') done({ killed: true, statements: 0 });
      else if (error !== null) fail(new Error(stderr));
      else done({ killed: false, statements: Number(stdout) });
    });
  });
}

/** What a taking leaves behind; numbers that a transaction which came to nothing used up do not count. */
async function outcome(databaseUrl: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('begin isolation level repeatable read'); // the server may still be at a killed one's last words
  const tables: unknown[] = [];
  for (const columns of [
    'sha256, kind, identity, name, lines from taken_files',
    'sha256, psp, settlement_date::text, lines, matched from acquirer_files',
    'line, rrn, total_rials, transaction_id, rule_no from acquirer_lines',
    'class, rrn, rials, detail, line, transaction_id, state from breaks',
    'event, detail from break_events',
  ]) {
    tables.push((await client.query<Record<string, unknown>>(`select ${columns} order by 1, 2`)).rows);
  }
  await client.end();
  return tables;
}

test('a taking that is killed with SIGKILL anywhere left nothing, and repeated comes out as one that was not', async () => {
  const untouched = await outcome(await copy('untouched'));
  const whole = await copy('whole');
  const { statements } = await take(whole, 0);
  const expected = await outcome(whole);
  expect((expected as unknown[][])[2]).toHaveLength(SALES - SALES / 500 + 1);
  expect((expected as unknown[][])[3]?.length).toBeGreaterThan(1);
  let kills = 0;
  const step = Math.max(1, (statements - 1) / POINTS);
  for (let point = 1; point <= statements; point += step) {
    const at = Math.round(point);
    const url = await copy(`killed_${at}`);
    const { killed } = await take(url, at);
    if (killed) kills++;
    // Killed at its last words, it may have been committed already: then all of it is there. COPY's pieces are not cut
    // alike each time: a run of fewer comes to its end.
    expect(killed ? [untouched, expected] : [expected]).toContainEqual(await outcome(url));
    await take(url, 0);
    expect([at, await outcome(url)]).toEqual([at, expected]);
    await admin.query(`drop database killed_${at} with (force)`); // a killed one's backend may not know it yet
  }
  expect(kills).toBeGreaterThan(3);
}, 300_000);
