import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import type pg from 'pg';
import { exportJournal, headFolder, keptHead, verifyDays, verifyJournal } from '../../../src/ledger/index.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { headsOf, writeDue } from '../../../src/settlement/journal.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22'] as const;
const [FIRST, SECOND, THIRD] = DAYS;
const NOW = Date.parse('2026-11-24T02:00:00Z');

let server: EmbeddedPostgres;
let pool: pg.Pool;
let folder: string;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(server.url, 3);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-chain-'));
  await pool.query('truncate journal_exports, business_days, postings');
  await pool.query(`insert into business_days select d::date, now() from unnest($1::text[]) d`, [DAYS]);
  await pool.query(
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, household_voucher, programme_fund)
     select 'H', n, 1, d::date, 0, 'allocation', 100, -100 from unnest($1::text[]) with ordinality u (d, n)`,
    [DAYS],
  );
});

const heads = () => headFolder(join(folder, 'heads'));
const write = (day: string) => exportJournal(pool, day, folder, NOW, heads());
const firstLine = (day: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(join(folder, `journal-${day}.jsonl.gz`))).toString().split('\n')[0]!); // prettier-ignore
const edit = (rials: number, day: string) =>
  pool.query(
    `update postings set household_voucher = $1::bigint, programme_fund = -$1::bigint where business_day = $2`,
    [rials, day],
  );

test('days are chained: the first line carries the last hash of the day before, and missing days are written first', async () => {
  await write(THIRD);
  const [first, second, third] = [
    await keptHead(pool, FIRST),
    await keptHead(pool, SECOND),
    await keptHead(pool, THIRD),
  ];
  expect(firstLine(FIRST)).toMatchObject({ prev: '0'.repeat(64) });
  expect(firstLine(SECOND)).toMatchObject({ prev: first!.last, business_day: SECOND });
  expect(firstLine(THIRD)).toMatchObject({ prev: second!.last });
  expect(third).toMatchObject({ previous: second!.last });
  expect(await heads().get(THIRD)).toEqual(third);
  expect(statSync(join(folder, 'heads', `head-${THIRD}.json`)).mode & 0o222).toBe(0);
  expect(await verifyDays(pool, heads())).toEqual([]);
  const read = () => createReadStream(join(folder, `journal-${SECOND}.jsonl.gz`));
  expect((await verifyJournal(read(), second!.last, first!.last)).fault).toBeUndefined();
  expect((await verifyJournal(read(), second!.last, third!.last)).fault).toMatchObject({ line: 1 });
});

describe('somebody edits a closed day', () => {
  beforeEach(() => write(THIRD));

  test('and deletes the row of its journal: writing again is refused, since the second place knows the head', async () => {
    await edit(900, SECOND);
    await pool.query('delete from journal_exports where business_day = $1', [SECOND]);
    await expect(write(SECOND)).rejects.toThrow(
      /was first written: its last line had SHA-256 [0-9a-f]{64} \(the second place\)/,
    );
    expect(await verifyDays(pool, heads())).toContain(
      `${SECOND}: its head is in the second place, and the database has none`,
    );
  });

  test('and deletes the rows of all days from there on: refused too', async () => {
    await edit(900, SECOND);
    await pool.query('delete from journal_exports where business_day >= $1', [SECOND]);
    await expect(write(THIRD)).rejects.toMatchObject({ code: 'journal.changed' });
  });

  test('a day that is asked for is written again, others are not; their heads are compared all the same', async () => {
    await edit(900, FIRST);
    const since = (from: string, to = '9999') => verifyDays(pool, heads(), { from, to });
    expect(await since(SECOND)).toEqual([]);
    expect(await since(FIRST, FIRST)).toEqual([expect.stringContaining(`${FIRST}: what the database says of it now`)]);
    expect(await since(THIRD, THIRD)).toEqual([]);
    expect(await since('2026-11-19', '2026-11-19')).toEqual(['2026-11-19: its journal was never written']);
    await pool.query(`update journal_exports set last_sha256 = $1 where business_day = $2`, ['a'.repeat(64), FIRST]);
    expect((await since(THIRD)).join('\n')).toMatch(/2026-11-20: its head is a{64} in the database/);
  });

  test('and changes the row of its journal: found where it is verified, and by the next day', async () => {
    await pool.query(`update journal_exports set last_sha256 = $1 where business_day = $2`, ['a'.repeat(64), SECOND]);
    expect((await verifyDays(pool, heads())).join('\n')).toMatch(/its head is a{64} in the database/);
    await pool.query('delete from journal_exports where business_day = $1', [THIRD]);
    rmSync(join(folder, 'heads', `head-${THIRD}.json`));
    await expect(write(THIRD)).rejects.toMatchObject({ code: 'journal.changed' });
  });

  test.each<[string, string]>([
    ['a posting moved to another household', `update postings set household_id = 'X' where business_day = '${SECOND}'`],
    [
      'credit added by a posting',
      `insert into postings (household_id, transaction_id, line, business_day, at, kind, household_voucher, programme_fund) values ('H', 99, 1, '${SECOND}', 0, 'allocation', 90000000, -90000000)`,
    ],
    ['a posting deleted', `delete from postings where business_day = '${SECOND}'`],
  ])('%s: verify names the day, though the books agree', async (_, sql) => {
    // prettier-ignore
    await pool.query(sql);
    expect(await verifyDays(pool, heads())).toEqual([
      expect.stringContaining(`${SECOND}: what the database says of it now has SHA-256`),
    ]);
  });

  test('and nothing: the same again changes nothing', async () => {
    const before = readFileSync(join(folder, `journal-${SECOND}.jsonl.gz`));
    await write(SECOND);
    expect(readFileSync(join(folder, `journal-${SECOND}.jsonl.gz`)).equals(before)).toBe(true);
  });
});

test('a head is written once: what stands there stays, and what is no head is named', async () => {
  const head = { businessDay: FIRST, last: 'a'.repeat(64), previous: 'b'.repeat(64), lines: 2 };
  expect(await heads().put(head)).toEqual(head);
  expect(await heads().put({ ...head, last: 'c'.repeat(64) })).toEqual(head);
  writeFileSync(join(folder, 'heads', `head-${SECOND}.json`), '{}');
  await expect(heads().get(SECOND)).rejects.toThrow('is not the head of 2026-11-21 as we write it');
});

test('the gateway writes closed days by itself, alarms where it cannot, and goes on when it can', async () => {
  const said: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
  const duty = { pool, dataDir: folder, clock: systemClock, log };
  const blocked = join(folder, 'blocked');
  writeFileSync(blocked, 'a file where the heads should go');
  writeFileSync(join(folder, 'settlement.json'), JSON.stringify({ journal: { heads: blocked } }));
  await writeDue(duty);
  expect(said.join('')).toContain('ALARM the journal of a closed day cannot be written');
  expect(await keptHead(pool, FIRST)).toBeUndefined();
  writeFileSync(join(folder, 'settlement.json'), JSON.stringify({ journal: { heads: join(folder, 'worm') } }));
  await Promise.all([writeDue(duty), writeDue(duty)]); // two copies at once
  expect(await headsOf(folder).days()).toEqual([...DAYS]);
  expect(existsSync(join(folder, 'journal', `journal-${THIRD}.jsonl.gz`))).toBe(true);
  expect(await verifyDays(pool, headsOf(folder))).toEqual([]);
});
