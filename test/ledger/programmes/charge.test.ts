import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { applyProgrammes, chargeProgrammes, loadFiles, verifyLedger } from '../../../src/ledger/index.ts';
import { chargeDue } from '../../../src/ledger/programmes/charge.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-charge-'));
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});

afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

// The 23rd of November 2026 is the 2nd of Azar 1405, which lasts from the 22nd of November to the 21st of December.
const AT = Date.UTC(2026, 10, 23, 8);
const DAY_MS = 86_400_000;

function load(name: string, ...lines: string[]): Promise<unknown> {
  writeFileSync(join(folder, name), lines.join('\n') + '\n');
  return loadFiles(pool, [join(folder, name)], { panKey: Buffer.alloc(32, 1), now: AT, profiles: ['native'] });
}

async function credit(): Promise<string[]> {
  const { rows } = await pool.query<{ row: string }>(
    `select concat_ws(' ', household_id, period, amount_rials, valid_from, valid_to) as row from buckets order by 1`,
  );
  return rows.map(({ row }) => row);
}

beforeEach(async () => {
  await pool.query('truncate households, buckets, postings, programmes, loaded_files, programme_files cascade');
  await load(
    'households.csv',
    'household,head_national_id,members,decile',
    'A1,0499370899,4,3', // digit 9
    'A2,0790419904,2,5', // digit 4
    'A3,0084575948,1,', // digit 8, decile not known
  );
});

function apply(charge: string): Promise<string[]> {
  const text = `programmes: [{ programme: kalabarg, charges: [${charge}] }]`;
  return applyProgrammes(pool, text, { name: 'p.yaml', now: AT });
}

const BY_DECILE = `{ from: 2026-11-01, cohort: decile, validMonths: 2,
  amounts: [{ deciles: [1, 2, 3], rialsPerPerson: 1000 }, { deciles: [0, 4, 5], rialsPerPerson: 10 }],
  days: [{ cohorts: [1, 2, 3], day: 2 }, { cohorts: [0, 5], day: 3 }] }`;

test('each household gets its credit on its day, by persons and decile, once', async () => {
  await apply(BY_DECILE);
  expect(await chargeProgrammes(pool, { day: '2026-11-22', now: AT })).toMatchObject([{ households: 0 }]);
  expect(await chargeProgrammes(pool, { day: '2026-11-23', now: AT })).toMatchObject([{ households: 1, rials: 4000n }]);
  expect(await chargeProgrammes(pool, { day: '2026-11-23', now: AT })).toMatchObject([{ households: 0 }]);
  await chargeDue(pool, AT + DAY_MS);
  expect(await credit()).toEqual([
    'A1 1405-09 4000 2026-11-23 2027-01-20',
    'A2 1405-09 20 2026-11-24 2027-01-20',
    'A3 1405-09 10 2026-11-24 2027-01-20',
  ]);
  expect(await verifyLedger(pool)).toEqual([]);
});

test('a calendar may go by the last digit of the national id', async () => {
  await apply(`{ from: 2026-11-01, cohort: digit, amounts: [{ deciles: [0, 3, 5], rialsPerPerson: 7 }],
    days: [{ cohorts: [4], day: 1 }, { cohorts: [8, 9], day: 20 }] }`);
  await chargeDue(pool, AT);
  expect(await credit()).toEqual(['A2 1405-09 14 2026-11-22 2026-12-21']);
});

test('what a file allocated is not charged again, and the blocked are not charged', async () => {
  await apply(BY_DECILE);
  await load(
    'allocations.csv',
    'household,programme,period,amount_rials,valid_from,valid_to',
    'A1,kalabarg,1405-09,5,2026-11-22,2026-12-21',
  );
  await pool.query(`update households set status = 'blocked' where household_id = 'A2'`);
  await chargeDue(pool, AT + DAY_MS);
  expect(await credit()).toEqual(['A1 1405-09 5 2026-11-22 2026-12-21', 'A3 1405-09 10 2026-11-24 2027-01-20']);
});

test('who becomes known later is charged on the next day; two copies at once charge once', async () => {
  await apply(BY_DECILE);
  await chargeDue(pool, AT);
  await load('later.csv', 'household,head_national_id,members,decile', 'A4,0499370899,1,1');
  await chargeDue(pool, AT);
  expect(await credit()).toHaveLength(1);
  await Promise.all([chargeDue(pool, AT + DAY_MS), chargeDue(pool, AT + DAY_MS), chargeDue(pool, AT + DAY_MS)]);
  expect(await credit()).toHaveLength(4);
  expect(await verifyLedger(pool)).toEqual([]);
});

test('a dry run only counts, also of a day to come, which is not charged otherwise', async () => {
  await apply(BY_DECILE);
  const day = '2026-11-24';
  expect(await chargeProgrammes(pool, { day, now: AT, dryRun: true })).toMatchObject([{ households: 3, rials: 4030n }]);
  await expect(chargeProgrammes(pool, { day, now: AT })).rejects.toThrow('is in the future');
  expect(await credit()).toEqual([]);
});

test('a programme that no programme file names is a fault of an allocations file, once there are programme files', async () => {
  await apply(BY_DECILE);
  const lines = [
    'household,programme,period,amount_rials,valid_from,valid_to',
    'A1,kalaberg,1405-09,5,2026-11-22,2026-12-21',
  ];
  await expect(load('typo.csv', ...lines)).rejects.toThrow('typo.csv:2:4: programme is not known');
});

const ON_THE_FIRST = `{ from: 2026-11-01, cohort: all, amounts: [{ deciles: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], rialsPerPerson: 10 }],
  days: [{ cohorts: [0], day: 1 }] }`;

test('where no cohort has its day, only who changed is looked at; a rule that changed is for all', async () => {
  await apply(ON_THE_FIRST);
  await pool.query(`update households set known_since = '2026-10-01'`);
  await chargeDue(pool, AT);
  expect(await credit()).toHaveLength(3);
  await pool.query(`delete from buckets where household_id in ('A1', 'A2')`); // as if they had not been due
  await pool.query(`update households set decile = 7 where household_id = 'A2'`);
  await pool.query(`update household_changes set changed_on = '2026-11-23'`);
  const charged = async () => (await credit()).map((row) => row.slice(0, 2));
  await chargeDue(pool, AT + DAY_MS);
  expect(await charged()).toEqual(['A2', 'A3']);
  await apply(ON_THE_FIRST.replace('Person: 10 }', 'Person: 20 }').replace('2026-11-01', '2027-01-21'));
  await chargeDue(pool, AT + 2 * DAY_MS);
  expect(await charged()).toEqual(['A1', 'A2', 'A3']);
});

test('the next cohort is found on its day, and the next month is for all', async () => {
  const days = 'days: [{ cohorts: [4], day: 1 }, { cohorts: [8, 9], day: 4 }] }';
  await apply(ON_THE_FIRST.replace('cohort: all', 'cohort: digit').replace(/days: \[.*/, days));
  await pool.query(`update households set known_since = '2026-10-01'`);
  const charged = async () => (await credit()).map((row) => row.slice(0, 10));
  for (const day of [0, 1]) await chargeDue(pool, AT + day * DAY_MS);
  expect(await charged()).toEqual(['A2 1405-09']);
  await chargeDue(pool, AT + 2 * DAY_MS);
  expect(await charged()).toEqual(['A1 1405-09', 'A2 1405-09', 'A3 1405-09']);
  await chargeDue(pool, Date.UTC(2026, 11, 22, 8)); // the 1st of Dey
  expect(await charged()).toHaveLength(4);
});

test('a flag that was noted before is found on the day on which it begins', async () => {
  await apply(ON_THE_FIRST.replace('cohort: all', 'cohort: all, requires: [emdad]'));
  await load('eligibility.csv', 'household,flag,since,until,source', 'A3,emdad,2026-11-25,,list');
  await pool.query(`update households set known_since = '2026-10-01'`);
  await pool.query(`update eligibility set noted_on = '2026-10-01'`);
  for (const day of [0, 1]) await chargeDue(pool, AT + day * DAY_MS);
  expect(await credit()).toEqual([]);
  await chargeDue(pool, AT + 2 * DAY_MS);
  expect(await credit()).toHaveLength(1);
});
