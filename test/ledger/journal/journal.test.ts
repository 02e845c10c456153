import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { exportJournal, verifyJournal } from '../../../src/ledger/index.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../../support/postgres.ts';
import { runCommand } from '../../support/system.ts';

const DAY = '2026-11-23';
const NOW = Date.parse('2026-11-24T02:00:00Z');
const PURCHASES = 40;

let server: EmbeddedPostgres;
let pool: pg.Pool;
let folder: string;
let bytes: Buffer;
let last: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-journal-'));
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 3 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  await pool.query(`select open_business_day('${DAY}')`);
  await pool.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date,
                               merchant_id, masked, at, rc, reason, rrn, total_rials, voucher_rials, pass_through)
     select 'H' || n, n, $1, 'purchase', 'approved', '10000001', lpad(n::text, 6, '0'), '120000', '1123', '000000000000001',
            '603799******0014', n, '00', E'quoted "here" \\\\ ی', lpad(n::text, 12, '0'), 100, 100, '{"62": "x"}'
       from generate_series(1, $2) n`,
    [DAY, PURCHASES],
  );
  await pool.query(
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, household_voucher, merchant_payable)
     select 'H' || n, n, 1, $1, n, 'purchase', '000000000000001', -100, 100 from generate_series(1, $2) n`,
    [DAY, PURCHASES],
  );
});

afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const verdictOf = (file: Buffer, kept: string | undefined = last) => verifyJournal(Readable.from([file]), kept);

test('a day that can still change is refused, and nothing is left behind', async () => {
  const attempt = () => exportJournal(pool, DAY, folder, NOW);
  await expect(attempt()).rejects.toThrow(`Business day ${DAY} is not closed: it can still change.`);
  await pool.query(`update business_days set closed_at = now() where business_day = $1`, [DAY]);
  await pool.query(`update transactions set state = 'held', rc = null where transaction_id = 7`);
  await expect(attempt()).rejects.toThrow(`1 transactions of ${DAY} are still being decided`);
  await pool.query(`update transactions set state = 'approved', rc = '00' where transaction_id = 7`);
  expect(existsSync(join(folder, `journal-${DAY}.jsonl.gz`))).toBe(false);
});

test('every transaction and posting of the day is a line that carries the SHA-256 of the line before', async () => {
  const written = await exportJournal(pool, DAY, folder, NOW);
  bytes = readFileSync(written.path);
  ({ last } = written);
  expect(written).toEqual({ path: join(folder, `journal-${DAY}.jsonl.gz`), lines: 2 * PURCHASES + 2, last });
  const lines = gunzipSync(bytes)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toEqual({ prev: '0'.repeat(64), line: 'journal', version: 1, business_day: DAY });
  expect(lines[1]).toMatchObject({ line: 'transaction', transaction_id: 1, rc: '00', reason: 'quoted "here" \\ ی' });
  expect(lines[2]).toMatchObject({
    line: 'posting',
    transaction_id: 1,
    household_voucher: -100,
    merchant_payable: 100,
  });
  expect(lines.at(-1)).toMatchObject({ line: 'end', transactions: PURCHASES, postings: PURCHASES });
  expect(await verdictOf(bytes)).toEqual({ day: DAY, lines: lines.length, last, fault: undefined });
});

test('the same day gives the same bytes, also after its purchases were reversed on another day', async () => {
  await pool.query(`update transactions set state = 'reversed', given_voucher = 100 where transaction_id = 3`);
  await exportJournal(pool, DAY, folder, NOW + 1);
  expect(readFileSync(join(folder, `journal-${DAY}.jsonl.gz`)).equals(bytes)).toBe(true);
});

test('a database that says something else of a written day is caught, and the file stays', async () => {
  await pool.query(`update postings set household_voucher = -99, merchant_payable = 99 where transaction_id = 5`);
  await expect(exportJournal(pool, DAY, folder, NOW)).rejects.toThrow(/has changed since it was first written/);
  await pool.query(`update postings set household_voucher = -100, merchant_payable = 100 where transaction_id = 5`);
  expect(readFileSync(join(folder, `journal-${DAY}.jsonl.gz`)).equals(bytes)).toBe(true);
});

test('a changed byte is found, in the line where it is, wherever it is', async () => {
  const text = gunzipSync(bytes);
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 2), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(text);
      changed[at] = changed[at]! ^ flip;
      const wasLineFeed = text[at] === 10;
      const isLineFeed = changed[at] === 10;
      const line = text.subarray(0, at).toString('latin1').split('\n').length;
      const { fault } = await verdictOf(gzipSync(changed));
      expect(fault).toBeDefined();
      // lines that were joined or split are named by either of the two
      if (wasLineFeed || isLineFeed) expect(Math.abs(fault!.line - line)).toBeLessThanOrEqual(1);
      else expect(fault!.line).toBe(line);
    }),
    // the kind of the last line
    { numRuns: 400, examples: [[text.lastIndexOf('"end"') + 1, 1]] },
  );
});

test('a changed byte of the compressed file is found too, unless it changes nothing that is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ flip;
      // the name of the operating system, and the bits that fill up the last byte
      fc.pre(!unpacksTo(changed, gunzipSync(bytes)));
      expect((await verdictOf(changed)).fault).toBeDefined();
    }),
    { numRuns: 400 },
  );
});

function unpacksTo(file: Buffer, text: Buffer): boolean {
  try {
    return gunzipSync(file).equals(text);
  } catch {
    return false;
  }
}

test.each([
  ['a line is missing', (lines: string[]) => lines.toSpliced(4, 1), 4],
  ['a line stands twice', (lines: string[]) => lines.toSpliced(4, 0, lines[4]!), 5],
  ['the file ends too soon', (lines: string[]) => lines.slice(0, 10), 11],
  ['something stands after the end', (lines: string[]) => [...lines, '{}'], 83],
  ['the last line is another', (lines: string[]) => lines.with(-1, lines.at(-1)!.replace('40', '41')), 82],
])('%s', async (_what, change, line) => {
  const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
  const { fault } = await verdictOf(gzipSync(change(lines).join('\n') + '\n'));
  expect(fault?.line).toBe(line);
});

test.each([Buffer.from('more'), Buffer.alloc(8), gzipSync('{}\n')])(
  'bytes after the end of the compressed file are found (case %#)',
  async (more) => {
    expect((await verdictOf(Buffer.concat([bytes, more]))).fault).toBeDefined();
  },
);

test('the command compares with the database where there is one, and says so', async () => {
  const environment = { PATH: process.env['PATH'] ?? '', KALABARG_DATA: folder };
  const path = join(folder, `journal-${DAY}.jsonl.gz`);
  const with_ = await runCommand(['journal', 'verify', path], { ...environment, DATABASE_URL: server.url });
  expect(with_).toMatchObject({
    status: 0,
    stdout: `${path}: 82 lines, none changed; the last as the database has it\n`,
  });
  const without = await runCommand(['journal', 'verify', path], environment);
  expect(without.stdout).toContain(`not compared with a database; SHA-256 of the last ${last}`);
  const again = await runCommand(['journal', 'export', DAY, '--out', folder], {
    ...environment,
    DATABASE_URL: server.url,
  });
  expect(again).toMatchObject({ status: 0, stdout: `${path}: 82 lines; SHA-256 of the last ${last}\n` });
});
