import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { makeRoles, migrate, openLedger, tooMuch, verifyLedger, type Ledger } from '../../src/ledger/index.ts';
import { DECISIONS } from '../../src/ops/function-set.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { settleDay } from '../../src/settlement/settle.ts';
import { openQueues } from '../../src/settlement/jobs/queue.ts';
import { block, lift } from '../../src/handlers/guard/index.ts';
import { openAcquirerFile } from '../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile } from '../../src/settlement/acquirer/take.ts';
import { builtInProfile } from '../../src/settlement/payments/profile.ts';
import { writeDue } from '../../src/settlement/journal.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { rrnOf, writeKbsf } from '../settlement/support/ledger-books.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { addHousehold, header, openBooks, outcome, purchaseRequest, returnRequest, reversalRequest, TERMINALS } from './model/world.ts'; // prettier-ignore
import { DAY, FREE } from './support/books.ts';

const NOW = Date.now();
const day = (days: number): string => tehran(NOW + days * DAY).isoDate;

let server: EmbeddedPostgres;
let owner: pg.Pool;
let copy: pg.Pool;
let reader: pg.Pool;
let url: string;
let ledger: Ledger & { close(): Promise<void> };
beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  await (await openQueues({ databaseUrl: server.url, redisUrl: '' })).close();
  await makeRoles(owner);
  await owner.query(`create role gateway_1 login password 'g' in role kalabarg_gateway;
                     create role auditor login password 'a' in role kalabarg_reader`);
  await openBooks(owner, FREE);
  const { host, pathname } = new URL(server.url);
  url = `postgresql://gateway_1:g@${host}${pathname}`;
  copy = openPool(url, 6);
  reader = openPool(`postgresql://auditor:a@${host}${pathname}`, 1);
  for (const pool of [owner, copy, reader]) pool.on('error', () => undefined); // the server stops before its last connection
  ledger = openLedger({ pool: copy, clock: systemClock });
});
afterAll(async () => {
  await ledger.close();
  for (const pool of [copy, reader, owner]) await pool.end();
  await server.stop();
});

test('a copy charges a programme, cuts a terminal off, and takes an acquirer’s file', async () => {
  const { id } = await addHousehold(owner, 1, []);
  await owner.query(`insert into programmes values ('monthly')`);
  await owner.query(
    `insert into programme_charges values ('monthly', '2020-03-20', 'all', 1, array_fill(5::bigint, array[11]), '{1}')`,
  );
  await ledger.housekeep(NOW);
  await owner.query('delete from programme_charges');
  expect((await copy.query('select 1 from buckets where household_id = $1', [id])).rowCount).toBe(1);
  const [{ terminal }] = TERMINALS;
  expect(await block(copy, terminal, 'macs', 'twenty')).toBe(true);
  await lift(copy, terminal, 'maryam', 'a cable');
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-roles-'));
  const { path, name } = writeKbsf(folder, day(-1), [{ shop: 1, rrn: rrnOf(1), day: day(-1), voucher: 1_000 }]);
  const taken = await takeAcquirerFile(copy, path, name, openAcquirerFile(path, name), NOW);
  expect(taken.breaks).toEqual({ ONLY_ACQUIRER: 1 });
});

test('a copy of the gateway does its work with the rights of its duty', async () => {
  const { cards } = await addHousehold(owner, 2, [{ rials: 10_000n, from: day(-9), to: day(9) }]);
  await addHousehold(owner, 2, [{ rials: 500n, from: day(-9), to: day(-1) }]); // it expires
  const shop = TERMINALS[0];
  const head = header(shop, cards[0]!, NOW);
  const { rrn } = outcome(await ledger.purchase(purchaseRequest(head, 900n, 'cash')));
  outcome(await ledger.return(returnRequest(header(shop, cards[0]!, NOW), 100n, rrn)));
  const again = header(shop, cards[0]!, NOW);
  outcome(await ledger.purchase(purchaseRequest(again, 300n, 'cash')));
  await ledger.reverse(reversalRequest(again, NOW));
  await ledger.housekeep(NOW);
  const dataDir = mkdtempSync(join(tmpdir(), 'kalabarg-roles-'));
  const context = { pool: copy, dataDir, clock: systemClock, log: pino({ level: 'silent' }) };
  const queues = await openQueues({ databaseUrl: url, redisUrl: '' });
  const request = { day: day(0), profile: builtInProfile('ccti-1'), maker: 'maryam', checker: 'babak' };
  const summary = await settleDay(context, queues, request);
  await queues.close();
  expect(summary.clearing.state).toBe('delivered');
  await writeDue(context);
  expect((await copy.query('select 1 from journal_exports')).rowCount).toBe(1);
  expect(await verifyLedger(copy)).toEqual([]);
  await expect(migrate(copy)).resolves.toBeUndefined(); // it sees that the tables are of this version
});

const APPEND_ONLY = ['postings', 'requests', 'journal_exports', 'settlement_postings', 'settlement_events', 'break_events', 'acquirer_lines', 'taken_files', 'key_log', 'installation', 'bank_statements', 'loaded_files', 'programme_files', 'terminal_shops', 'hsm_keys', 'audit']; // prettier-ignore

describe('what a copy of the gateway may not do', () => {
  test.each(APPEND_ONLY.flatMap((table) => [`update ${table} set`, `delete from ${table}`, `truncate ${table}`]))(
    '%s …',
    async (statement) => {
      const table = statement.split(' ').find((word) => APPEND_ONLY.includes(word)) ?? '';
      const { rows } = await owner.query<{ column: string }>(
        `select attname as column from pg_attribute where attrelid = $1::regclass and attnum > 0 and attidentity = '' order by attnum limit 1`,
        [table],
      );
      const column = rows[0]!.column;
      const sql = statement.startsWith('update') ? `${statement} ${column} = ${column}` : statement;
      await expect(copy.query(sql)).rejects.toMatchObject({ code: '42501' });
    },
  );

  test.each([
    `update postings_${day(0).replaceAll('-', '')} set at = 0`,
    `delete from postings_${day(0).replaceAll('-', '')}`,
    `insert into cards values ('\\x00', 'x', 'x')`,
    `update merchants set sheba = 'IR000000000000000000000000'`,
    `update households set status = 'active'`,
    `delete from buckets`,
    `delete from transactions`,
    `delete from breaks`,
    `create table mine (n int)`,
    `alter table postings disable trigger all`,
    `alter table postings drop constraint legs_sum_to_zero`,
    `set session_replication_role = replica`,
    `create or replace function database_clock() returns bigint language sql as 'select 0::bigint'`,
    `drop schema ${DECISIONS} cascade`,
    `insert into migrations values ('9999')`,
    `set role postgres`,
    `update settlement_legs set total_rials = 0`,
    `update transactions set merchant_id = '000000000000102'`,
    `update transactions set total_rials = 1`,
    `update buckets set household_id = 'x'`,
    `update buckets set valid_to = valid_to + 30`,
    `update terminals set merchant_id = '000000000000102'`,
    `update terminal_keys set tmk = null`,
    `update terminal_blocks set evidence = ''`,
    `delete from terminal_blocks`,
    `update clearing_waivers set findings = ''`,
    `delete from clearing_waivers`,
    `update carry_unblocks set sheba = ''`,
    `update bank_leftovers set rials = 0`,
    `delete from bank_leftovers`,
    `update acquirer_files set sha256 = ''`,
    `insert into terminals values ('99999999', '000000000000102')`,
    `insert into settlement_terms values ('2020-01-01')`,
    `insert into hsm_keys values ('zmk:bank', '{}')`,
    `update persons set login = 'other'`,
    `delete from persons`,
    `update person_tokens set person_id = 1`,
    `update person_tokens set scopes = '{}'`,
    `delete from recovery_codes`,
    `alter table audit disable trigger chain_audit`,
    `create or replace function audit_line(a audit) returns text language sql as 'select null'`,
  ])('%s', async (sql) => {
    await expect(copy.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|22023|42704)$/) });
  });
});

/** Where a copy may change every column; elsewhere those that grants.sql names, or none. */
const CHANGEABLE = ['bank_advices', 'breaks', 'business_days', 'charge_progress', 'clearing_shards', 'clearings', 'credit_shortages', 'entitlement_uses', 'merchant_nets', 'payable_carries', 'payment_files', 'payment_orders', 'payment_serials', 'quotes', 'rrn_hours', 'stray_requests', 'tombstones']; // prettier-ignore

test('every table is decided upon: a new one is not changed as a whole unless this says so', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and not relispartition and has_table_privilege('kalabarg_gateway', oid, 'update') order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(CHANGEABLE);
});

test('a reader reads, but no keys, and writes nothing', async () => {
  expect((await reader.query('select 1 from postings')).rowCount).toBeGreaterThan(0);
  for (const sql of [
    'select 1 from terminal_keys',
    'select 1 from hsm_keys',
    'select 1 from person_factors',
    'select 1 from person_tokens',
    'select 1 from recovery_codes',
    'update buckets set held_rials = 0',
    `insert into tombstones values ('1', '1', '1', '', 0)`,
    'delete from quotes',
  ])
    await expect(reader.query(sql)).rejects.toMatchObject({ code: '42501' });
});

test('a role that could rewrite the books is told from one that cannot', async () => {
  expect(await tooMuch(copy)).toBeUndefined();
  expect(await tooMuch(owner)).toContain('is a superuser');
});

test('a copy on a database of another version says who must bring it there', async () => {
  await owner.query(`update migrations set name = '0543_other.sql' where name = '0543_prepare_days_as_owner.sql'`);
  await expect(migrate(copy)).rejects.toMatchObject({ code: 'database.version' });
  await owner.query(`update migrations set name = '0543_prepare_days_as_owner.sql' where name = '0543_other.sql'`);
});
