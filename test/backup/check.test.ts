import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { checkBackup, lastCheck } from '../../src/backup/index.ts';
import { exportJournal, headFolder } from '../../src/ledger/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openClient, openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { kalabarg } from '../support/command.ts';
import { temporaryPostgres } from '../support/postgres.ts';

/** A server that archives its WAL, a base backup of it, and what came afterwards. */
const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22'] as const;
const NOW = Date.parse('2026-11-24T02:00:00Z');

let folder: string;
let server: EmbeddedPostgres;
let live: pg.Pool;
let base: string;
let wal: string;
let scratch: string;
/** After the second day, before the third. */
let between: number;
const settings = { ...process.env };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-check-'));
  [base, wal, scratch] = [join(folder, 'base'), join(folder, `it's 100 % WAL`), join(folder, 'scratch')];
  for (const each of [wal, scratch]) mkdirSync(each);
  for (const each of [folder, wal]) chmodSync(each, 0o777); // as root the servers run under another account
  const quoted = `'${wal.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
  server = await temporaryPostgres({ archive_mode: 'on', archive_command: `cp %p ${quoted}/%f` });
  live = openPool(server.url, 3);
  live.on('error', () => undefined); // the server stops before its last connection is closed
  await close(DAYS[0], 1);
  await baseBackup();
  await archived();
  await close(DAYS[1], 2);
  await archived();
  between = await now();
  await live.query('select pg_sleep(0.01)');
  await close(DAYS[2], 3);
  await archived();
}, 120_000);

afterEach(() => {
  expect(readdirSync(scratch)).toEqual([]); // whatever happened, nothing stays
  process.env = { ...settings };
});

afterAll(async () => {
  await live.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const heads = () => headFolder(join(folder, 'journal-heads'));
const now = async (): Promise<number> =>
  Number((await live.query<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms')).rows[0]!.ms);

/** A business day with one refused purchase, closed, with its journal. */
async function close(day: string, at: number): Promise<void> {
  await live.query(`select open_business_day('${day}')`);
  await live.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date,
                               merchant_id, masked, at, rc, reason, rrn, total_rials)
     values ('H', $1, $2, 'purchase', 'declined', '10000001', '000001', '120000', '1123', '000000000000001', '603799******0014', $1, '51', 'no credit', '000000000001', 100)`,
    [at, day],
  );
  await live.query(`update business_days set closed_at = now() where business_day = $1`, [day]);
  await exportJournal(live, day, join(folder, 'journal'), NOW, heads());
}

/** What backup programs do (PostgreSQL, Continuous Archiving, low level API): this PostgreSQL has no pg_basebackup with it. */
async function baseBackup(): Promise<void> {
  const session = await openClient(server.url); // start and stop are of one session
  await session.query(`select pg_backup_start('check', true)`);
  const { rows: [at] } = await session.query<{ folder: string }>(`select setting as folder from pg_settings where name = 'data_directory'`); // prettier-ignore
  cpSync(at!.folder, base, { recursive: true, filter: (path) => !/\/pg_wal\/.|postmaster\.(pid|opts)$/.test(path) });
  const { rows: [stop] } = await session.query<{ label: string }>('select labelfile as label from pg_backup_stop(false)'); // prettier-ignore
  writeFileSync(join(base, 'backup_label'), stop!.label);
  await session.end();
}

/** Waits until all WAL so far is in the archive. */
async function archived(): Promise<void> {
  await live.query('create table archived_once (); drop table archived_once'); // an empty file is not switched
  const { rows: [last] } = await live.query<{ name: string }>('select pg_walfile_name(pg_switch_wal()) as name'); // prettier-ignore
  while (!existsSync(join(wal, last!.name))) await live.query('select pg_sleep(0.05)');
  while (
    !(
      await live.query<{ done: boolean }>(
        `select coalesce(last_archived_wal >= $1, false) as done from pg_stat_archiver`,
        [last!.name],
      )
    ).rows[0]!.done
  )
    // prettier-ignore
    await live.query('select pg_sleep(0.05)');
}

const check = (more: Partial<Parameters<typeof checkBackup>[0]> = {}) =>
  checkBackup({ backup: base, wal, scratch, role: 'kalabarg', database: 'postgres', live, heads: heads(), clock: systemClock, ...more }); // prettier-ignore

/** The archive, as it would be after some accident. */
function damagedArchive(name: string, damage: (files: readonly string[]) => void): string {
  const copy = join(folder, name);
  cpSync(wal, copy, { recursive: true });
  for (const name of ['', ...readdirSync(copy)]) chmodSync(join(copy, name), 0o755);
  damage(readdirSync(copy).filter((file) => /^[0-9A-F]{24}$/.test(file)).sort().map((file) => join(copy, file))); // prettier-ignore
  return copy;
}

test('a base backup and all its WAL: the books of the last second, held against the database and the second place', async () => {
  const verdict = await check();
  expect(verdict).toMatchObject({ inOrder: true, faults: [], days: 3, notCompared: null, newestTransaction: 3 });
  expect(verdict.comparedWith).toEqual(['database', 'second place']);
  expect(verdict.newestCommit).toBeGreaterThan(between);
});

test('a point in time: what was there then, and nothing of later', async () => {
  const verdict = await check({ until: between });
  expect(verdict).toMatchObject({ inOrder: true, faults: [], days: 2, newestTransaction: 2 });
  expect(verdict.newestCommit).toBeLessThanOrEqual(between);
});

test('an instant that the archive does not reach', async () => {
  const later = check({ until: between + 86_400_000 });
  await expect(later).rejects.toMatchObject({ code: 'backup.restore', message: expect.stringMatching(/before configured recovery target/) }); // prettier-ignore
});

test('a base backup as tar, with the WAL that makes it whole', async () => {
  const tar = join(folder, 'tar');
  mkdirSync(tar);
  execFileSync('tar', ['-czf', join(tar, 'base.tar.gz'), '-C', base, '.']);
  const files = readdirSync(wal).filter((name) => /^[0-9A-F]{24}$/.test(name));
  execFileSync('tar', ['-cf', join(tar, 'pg_wal.tar'), '-C', wal, ...files]);
  const { inOrder, days } = await checkBackup({ backup: tar, scratch, role: 'kalabarg', database: 'postgres', heads: heads(), clock: systemClock }); // prettier-ignore
  expect({ inOrder, days }).toEqual({ inOrder: true, days: 3 });
});

test('WAL with a hole in the middle: PostgreSQL stops there without a word, and the check does not', async () => {
  const missing = damagedArchive('missing', (files) => {
    rmSync(files.at(-1 - 1)!);
  });
  expect((await check({ wal: missing })).faults).toEqual([expect.stringMatching(/^WAL could be replayed to .* is missing or damaged$/)]); // prettier-ignore
});

test('a torn file of WAL: the restore is refused with what PostgreSQL says', async () => {
  const torn = damagedArchive('torn', (files) => {
    truncateSync(files.at(-1)!, 4_096);
  });
  await expect(check({ wal: torn })).rejects.toMatchObject({ code: 'backup.restore', message: expect.stringMatching(/has wrong size/) }); // prettier-ignore
});

test.each<[string, () => Parameters<typeof check>[0], string, RegExp]>([
  ['a folder that is none', () => ({ backup: join(folder, 'nothing') }), 'backup.folder', /no such file or folder/],
  ['a folder of something else', () => ({ backup: wal }), 'backup.folder', /neither PG_VERSION nor base\.tar/],
  ['a folder of programs without PostgreSQL', () => ({ binDir: wal }), 'backup.program', /--bin-dir/],
  [
    'another version of PostgreSQL',
    () => ({ binDir: fakePostgres() }),
    'backup.program',
    /is of PostgreSQL 18, and .* is version 12/,
  ],
  ['a database that is not in it', () => ({ database: 'books' }), 'backup.restore', /"books" does not exist/],
  ['a database without books', () => ({ database: 'template1' }), 'backup.restore', /has no books/],
  ['an archive that is none', () => ({ wal: join(folder, 'nothing') }), 'backup.folder', /no such file or folder/],
  [
    'tablespaces, which the real server would share',
    () => ({ backup: withTablespace() }),
    'backup.folder',
    /tablespaces/,
  ],
])('%s is refused', async (_, more, code, message) => {
  // prettier-ignore
  await expect(check(more())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

function fakePostgres(): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 12.1"\n', { mode: 0o755 });
  return bin;
}

function withTablespace(): string {
  const backup = join(folder, 'tablespace');
  mkdirSync(backup);
  writeFileSync(join(backup, 'PG_VERSION'), '18\n');
  writeFileSync(join(backup, 'tablespace_map'), '16390 /srv/other\n');
  return backup;
}

test('somebody who stops it leaves nothing behind', async () => {
  const stopping = new AbortController();
  const stopped = check({ stopping: stopping.signal });
  stopping.abort();
  await expect(stopped).rejects.toMatchObject({ code: 'stopped' });
});

test('from the command line: what is in order is noted for the doctor; too old is a warning', async () => {
  const data = join(folder, 'data');
  cpSync(join(folder, 'journal-heads'), join(data, 'journal-heads'), { recursive: true });
  Object.assign(process.env, { DATABASE_URL: server.url, KALABARG_DATA: data });
  const old = await kalabarg('backup', 'check', base, '--wal', wal, '--scratch', scratch, '--max-age', '0s', '--json');
  expect(old.status).toBe(1);
  expect(JSON.parse(old.out)).toMatchObject({ inOrder: true, tooOld: true });
  expect(lastCheck(data)).toBeUndefined();
  const fresh = await kalabarg('backup', 'check', base, '--wal', wal, '--scratch', scratch);
  expect(fresh).toMatchObject({ status: 0, errors: '' });
  expect(fresh.out).toMatch(/3 closed days, as in the database and the second place\n.*its books are in order$/);
  expect(lastCheck(data)).toMatchObject({ backup: base });
  const wrong = await kalabarg('backup', 'check', wal, '--scratch', scratch);
  expect(wrong).toMatchObject({ status: 2, errors: expect.stringContaining('is no base backup') });
  const none = await kalabarg('backup', 'check', base, '--bin-dir', wal, '--scratch', scratch);
  expect(none.status).toBe(3);
});

test('a database that cannot be asked is said, and the backup is looked at all the same', async () => {
  const away = openPool('postgresql://nobody@127.0.0.1:1/nothing', 1);
  const { inOrder, comparedWith, notCompared } = await check({ live: away });
  await away.end();
  expect({ inOrder, comparedWith }).toEqual({ inOrder: true, comparedWith: ['second place'] });
  expect(notCompared).toMatch(/nothing listens|refused/i);
});

test('heads that differ, and books that are wrong, are named', async () => {
  const elsewhere = join(folder, 'other-heads');
  cpSync(join(folder, 'journal-heads'), elsewhere, { recursive: true });
  const path = join(elsewhere, `head-${DAYS[1]}.json`);
  const line = readFileSync(path, 'utf8').replace(/"last_sha256":"[0-9a-f]{64}"/, `"last_sha256":"${'b'.repeat(64)}"`);
  rmSync(path);
  writeFileSync(path, line);
  await live.query('begin; create table kept as table journal_exports; commit');
  await live.query(`insert into business_days values ('2026-11-19', now())`);
  await live.query(`insert into buckets (household_id, bucket_id, programme_id, period, amount_rials, valid_from, valid_to)
                    values ('H', 1, 'kalabarg', '1405-09', 700, '2026-11-22', '2026-12-21')`); // prettier-ignore
  await archived();
  await live.query(`update journal_exports set last_sha256 = $1 where business_day = $2`, ['a'.repeat(64), DAYS[0]]);
  const { faults, inOrder } = await check({ heads: headFolder(elsewhere) });
  expect(inOrder).toBe(false);
  expect(faults).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^buckets that differ from their journal.*bucket 1 of household H/),
      expect.stringMatching(new RegExp(`^${DAYS[1]}: its head is [0-9a-f]{64} in the database, b{64} in the second place$`)), // prettier-ignore
      expect.stringMatching(new RegExp(`^${DAYS[0]}: its head is [0-9a-f]{64} in the backup, and a{64} in the database$`)), // prettier-ignore
    ]),
  );
});

/** Only where the machine has one of this version: it writes what the tests above write by hand. */
const program = '/usr/lib/postgresql/18/bin/pg_basebackup';
(existsSync(program) ? test : test.skip)('what pg_basebackup wrote', async () => {
  const backup = join(folder, 'pg_basebackup');
  execFileSync(program, ['-d', server.url, '-D', backup, '-X', 'stream']);
  expect((await check({ backup })).days).toBe(3);
});
