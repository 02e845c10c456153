import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { noteCheck } from '../../src/backup/index.ts';
import { openPanKey } from '../../src/ledger/index.ts';
import { examine, exitStatusOf, type Finding, type Patient } from '../../src/health/index.ts';
import { DAY_MS, systemClock } from '../../src/ops/clock.ts';
import { loadConfig } from '../../src/ops/config.ts';
import { openPool } from '../../src/ops/database.ts';
import { VERSION } from '../../src/ops/version.ts';
import { shiftDatabaseClock } from '../support/clock.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

x509.cryptoProvider.set(webcrypto);

let server: EmbeddedPostgres;
let books: pg.Pool;
let gateway: pg.Pool;
let copy: Server;
let data: string;
const HEALTHY = {
  status: 200,
  metrics: `kalabarg_build_info{version="${VERSION}",node="x"} 1\nkalabarg_bank_links_ready 2\n`,
};
let says = HEALTHY;

beforeAll(async () => {
  server = await temporaryPostgres({ archive_mode: 'on', archive_command: 'true' });
  books = openPool(server.url, 3);
  gateway = openPool(await gatewayLogin(server.url), 1);
  for (const pool of [books, gateway]) pool.on('error', () => undefined); // the server stops before its last connection is closed
  copy = createServer((request, response) => {
    response.statusCode = request.url === '/readyz' ? says.status : 200;
    response.end(request.url === '/readyz' ? 'bank: no link is signed on' : says.metrics);
  });
  await new Promise<void>((done) => copy.listen(0, '127.0.0.1', done));
  data = mkdtempSync(join(tmpdir(), 'kalabarg-doctor-'));
  mkdirSync(join(data, 'tls'));
  await putCertificate(400);
  await openPanKey(books, data);
  await archived();
  await noteCheck(data, { at: Date.now(), backup: '/backups/base', newest: null });
});
afterEach(() => {
  says = HEALTHY;
});
afterAll(async () => {
  await Promise.all([books.end(), gateway.end(), new Promise((done) => copy.close(done))]);
  await server.stop();
  rmSync(data, { recursive: true });
});

/** Waits until WAL was archived. */
async function archived(): Promise<void> {
  await books.query('create table archived_once (); drop table archived_once; select pg_switch_wal()');
  const look = 'select last_archived_time is not null as done from pg_stat_archiver';
  while ((await books.query<{ done: boolean }>(look)).rows[0]?.done !== true)
    await books.query('select pg_sleep(0.05)');
}

async function putCertificate(days: number): Promise<void> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=gateway',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
  });
  writeFileSync(join(data, 'tls', 'server.crt'), certificate.toString('pem'));
}

function patient(more: Partial<Patient> = {}): Patient {
  const config = loadConfig({ KALABARG_DATA: data, DATABASE_URL: server.url });
  const address = `http://127.0.0.1:${(copy.address() as AddressInfo).port}`;
  return { config, environment: {}, clock: systemClock, books, gateway, demo: false, copies: [address], ...more };
}

/** What is not in order. */
async function found(more: Partial<Patient> = {}): Promise<Finding[]> {
  return (await examine(patient(more))).filter(({ level }) => level !== 'ok');
}

/** A production machine of one database without a standby. */
const ALWAYS = ['replication critical'];
const kinds = (findings: readonly Finding[]): string[] =>
  findings.map(({ check, level }) => `${check} ${level}`).filter((kind) => !ALWAYS.includes(kind));

test('a machine in order: what a single database lacks, and nothing else; the demo lacks it on purpose', async () => {
  expect((await found()).map(({ check, level }) => `${check} ${level}`).sort()).toEqual([...ALWAYS].sort());
  expect(kinds(await found({ demo: true }))).toEqual([]);
});

test.each<[string, () => unknown, string, RegExp]>([
  ['a name that is nearly a setting', () => ({ environment: { KALABARG_PUBLICPORT: '1' } }), 'settings warning', /KALABARG_PUBLICPORT is not a setting/],
  ['a key that others can read', () => {
    chmodSync(join(data, 'secrets', 'pan.key'), 0o644);
    return () => {
        chmodSync(join(data, 'secrets', 'pan.key'), 0o600);
      };
  }, 'secrets critical', /pan\.key can be read by others/],
  ['a certificate that ends in five days', async () => {
    await putCertificate(5.5);
    return () => putCertificate(400);
  }, 'certificates critical', /ends in 5 days/],
  ['one that ends in three weeks', async () => {
    await putCertificate(21.5);
    return () => putCertificate(400);
  }, 'certificates warning', /ends in 21 days/],
  ['tables of another version', async () => {
    await books.query(`update migrations set name = name || 'x' where name like '0710%'`);
    return () => books.query(`update migrations set name = rtrim(name, 'x') where name like '0710%'`);
  }, 'version critical', /0710_signals/],
  ['a role that can rewrite the books', () => ({ gateway: books }), 'role critical', /superuser/],
  ['a clock that is five seconds behind', async () => {
    await shiftDatabaseClock(books, 5_000);
    return () => shiftDatabaseClock(books, 0);
  }, 'clock critical', /behind the database/],
  ['the key of another database', async () => {
    await books.query(`update installation set value = repeat('0', 32) where name = 'pan.key'`);
    return async () => {
      await books.query(`delete from installation where name = 'pan.key'`);
      await openPanKey(books, data);
    };
  }, 'keys critical', /pan\.key is not the key of this database/],
  ['a copy that is not ready', () => {
    says = { ...HEALTHY, status: 503 };
    return {};
  }, 'gateway critical', /no link is signed on/],
  ['a copy that does not answer', () => ({ copies: ['http://127.0.0.1:1'] }), 'gateway critical', /does not answer/],
  ['a copy of another version', () => {
    says = { ...HEALTHY, metrics: 'kalabarg_build_info{version="0.1.0",node="x"} 1\n' };
    return {};
  }, 'gateway warning', /runs version 0\.1\.0/],
  ['a day that nobody closed', async () => {
    await books.query(`insert into business_days values ('2026-11-20') on conflict do nothing`);
    await books.query(`insert into clearings (business_day, state, shards, profile, maker, started_at, touched_at) values ('2026-11-20', 'written', 1, '{}', 'm', now(), now())`);
    return async () => {
      await books.query(`delete from clearings where business_day = '2026-11-20'`);
    };
  }, 'days critical', /2026-11-20 stands at “written”/],
])('%s', async (_, plant, kind, words) => {
  const planted = await plant();
  const undo = typeof planted === 'function' ? (planted as () => unknown) : undefined;
  try {
    const findings = await found(undo === undefined ? (planted as Partial<Patient>) : {});
    const mine = findings.filter(({ check, level }) => `${check} ${level}` === kind);
    expect(mine.map((finding) => finding.says).join('\n')).toMatch(words);
    expect(mine.every((finding) => (finding.do ?? '').length > 10)).toBe(true);
    expect(kinds(findings).filter((each) => each !== kind && each !== 'alarms unknown')).toEqual([]);
  } finally {
    await undo?.();
  }
}); // prettier-ignore

test.each([
  ['kalabarg_bank_links_ready 0', 'critical', 'no link to the bank'],
  ['kalabarg_bank_breaker{endpoint="a"} 2', 'critical', 'is open'],
  ['kalabarg_bank_in_doubt_oldest_seconds{kind="held"} 61', 'warning', '61 s'],
  ['kalabarg_bank_in_doubt{kind="refused"} 1', 'critical', 'refused 1'],
  ['kalabarg_authority_open_oldest_seconds{authority="central"} 360', 'warning', '6 min'],
  ['kalabarg_stand_ins_lately{of="bank"} 3', 'warning', '3 purchases stood in'],
  ['kalabarg_housekeeping_success_timestamp_seconds{duty="charge"} 1000', 'critical', 'charge'],
  ['kalabarg_breaks{class="amount",age="overdue"} 3', 'warning', '3 breaks are overdue'],
  ['kalabarg_suspense_below_zero{of="shops"} 1', 'critical', 'below zero'],
])('%s raises its alarm', async (line, level, words) => {
  says = { ...HEALTHY, metrics: `${HEALTHY.metrics.split('\n')[0] ?? ''}\n${line}\n` };
  const raised = (await found()).filter(({ check }) => check === 'alarms');
  expect(raised).toEqual([expect.objectContaining({ level, says: expect.stringContaining(words) })]);
});

test('figures within their limits raise nothing', async () => {
  const now = Date.now() / 1_000;
  says = { ...HEALTHY, metrics: `${HEALTHY.metrics}kalabarg_bank_in_doubt{kind="held"} 5\nkalabarg_breaks{class="amount",age="within"} 3\nkalabarg_housekeeping_success_timestamp_seconds{duty="charge"} ${now}\nkalabarg_suspense_below_zero{of="rials"} 0\n` }; // prettier-ignore
  expect((await found()).filter(({ check }) => check === 'alarms')).toEqual([]);
});

test('without a database the rest is looked at all the same, and nothing hangs', async () => {
  const away = openPool('postgres://nobody@127.0.0.1:1/none', 1);
  away.on('error', () => undefined);
  const findings = await examine(patient({ books: away, gateway: away }));
  await away.end();
  const levels = new Map(findings.map(({ check, level }) => [check, level]));
  expect([levels.get('database'), levels.get('postings')]).toEqual(['unknown', 'unknown']);
  expect([levels.get('settings'), levels.get('secrets'), levels.get('gateway')]).toEqual(['ok', 'ok', 'ok']);
});

test('a check that hangs says so after its patience, and takes no other with it', async () => {
  const never = { query: () => new Promise(() => undefined) } as unknown as pg.Pool;
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  const findings = await examine(patient({ books: never, clock }));
  expect(findings.find(({ check }) => check === 'database')).toMatchObject({ level: 'unknown', says: expect.stringContaining('no answer within 10 s') }); // prettier-ignore
});

test('looking changes nothing', async () => {
  const sql =
    'select (select count(*) from pg_class)::text as tables, (select count(*) from installation)::text as facts';
  const before = (await books.query<object>(sql)).rows[0];
  await examine(patient());
  expect((await books.query<object>(sql)).rows[0]).toEqual(before);
});

test('exit statuses are those that monitoring reads', () => {
  const of = (...levels: Finding['level'][]): number =>
    exitStatusOf(levels.map((level) => ({ check: 'disk', level, says: '' })));
  expect([of('ok'), of('ok', 'warning', 'unknown'), of('warning', 'critical', 'unknown'), of('ok', 'unknown')]).toEqual(
    [0, 1, 2, 3],
  );
});

test('the age of base backups is that of the file that their job touches', async () => {
  const marker = join(data, 'backup.done');
  const with_ = (hours: string) =>
    loadConfig({
      KALABARG_DATA: data,
      DATABASE_URL: server.url,
      KALABARG_BACKUP_MARKER: marker,
      KALABARG_BACKUP_HOURS: hours,
    });
  const about = async (hours: string) =>
    (await found({ config: with_(hours) })).filter(({ check }) => check === 'backups');
  expect(await about('26')).toMatchObject([{ level: 'critical', says: expect.stringContaining('backup.done') }]);
  writeFileSync(marker, '');
  expect(await about('26')).toEqual([]);
  const old = new Date(Date.now() - 30 * 3_600_000);
  utimesSync(marker, old, old);
  expect(await about('26')).toMatchObject([{ level: 'critical', says: 'the last base backup is 30 h old' }]);
  expect(await about('48')).toEqual([]);
  rmSync(marker);
});

test('a practice database is looked at, and real books are not one', async () => {
  const about = async (url: string) => {
    const config = loadConfig({ KALABARG_DATA: data, DATABASE_URL: server.url, KALABARG_PRACTICE_DATABASE_URL: url });
    return (await examine(patient({ config }))).filter(({ check }) => check === 'practice');
  };
  expect(await about(server.url)).toMatchObject([{ level: 'critical', says: expect.stringContaining('real books') }]);
  expect(await about('postgres://nobody@127.0.0.1:1/none')).toMatchObject([{ level: 'warning' }]);
  await books.query(`insert into installation (name, value) values ('practice', 'x')`);
  expect(await about(server.url)).toEqual([
    { check: 'practice', level: 'ok', says: 'the practice database is of this version' },
  ]);
  await books.query(`delete from installation where name = 'practice'`);
});
