import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import {
  applyProgrammes,
  auditProgrammes,
  chargeProgrammes,
  creditOutlook,
  loadFiles,
  migrate,
  showProgrammes,
  verifyLedger,
} from '../../../src/ledger/index.ts';
import { chargeDue } from '../../../src/ledger/programmes/charge.ts';
import { REASON_CODES, reasonOf } from '../../../src/ledger/programmes/reasons.ts';
import { addDays } from '../../../src/field/jalali.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

/** Which months are owed, what was granted, and why not: months owed are months granted. */

let server: EmbeddedPostgres;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-grants-'));
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  await migrate(pool);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

// Azar 1405 lasts from the 22nd of November to the 21st of December 2026; Aban began on the 23rd of October.
let now = 0;
const at = (day: string): number => Date.parse(`${day}T08:00:00+03:30`);

/** The database's clock says it too. */
async function itIs(day: string): Promise<void> {
  now = at(day);
  await pool.query(
    `create or replace function database_clock() returns bigint language sql volatile as 'select ${now}::bigint'`,
  );
}

function load(name: string, ...lines: string[]): Promise<unknown> {
  writeFileSync(join(folder, name), lines.join('\n') + '\n');
  return loadFiles(pool, [join(folder, name)], { panKey: Buffer.alloc(32, 1), now, profiles: ['native'] });
}

const apply = (programmes: string): Promise<string[]> =>
  applyProgrammes(pool, `programmes: [${programmes}]`, { name: 'p.yaml', now });

const calendar = (name: string, more = '', day = 5, from = '2026-10-01'): string =>
  `{ programme: ${name}, charges: [{ from: ${from}, cohort: all, amounts: [{ deciles: [0, 1, 2, 3, 4, 5], rialsPerPerson: 100 }], days: [{ cohorts: [0], day: ${day} }] ${more} }] }`;

const flags = (...rows: string[]): Promise<unknown> =>
  load('eligibility.csv', 'household,flag,since,until,source', ...rows);

async function credit(): Promise<string[]> {
  const { rows } = await pool.query<{ row: string }>(
    `select concat_ws(' ', household_id, programme_id, period, amount_rials, valid_from, valid_to) as row from buckets order by 1`,
  );
  return rows.map(({ row }) => row);
}

const whyOf = async (household: string, period: string): Promise<string | undefined> =>
  (await creditOutlook(pool, household))?.months.find((each) => each.period === period)?.why.code;

beforeEach(async () => {
  await itIs('2026-10-20');
  await pool.query(
    'truncate households, household_changes, eligibility, buckets, postings, programmes, loaded_files, programme_files, business_days cascade',
  );
  await load(
    'households.csv',
    'household,head_national_id,members,decile',
    'A1,0499370899,4,3',
    'A2,0790419904,2,5',
    'A3,0084575948,1,9',
  ); // digits 9, 4, 8
});

describe('flags', () => {
  test('are asked for by a charge, from their day to their last', async () => {
    await apply(calendar('extra', ', requires: [declaration, emdad]'));
    await itIs('2026-10-27');
    await flags('A1,declaration,2026-10-26,,form 7', 'A2,emdad,2026-10-01,2026-10-20,list 3');
    await chargeProgrammes(pool, { day: '2026-10-27', now });
    expect(await credit()).toEqual(['A1 extra 1405-08 400 2026-10-27 2026-11-21']);
    expect(await whyOf('A2', '1405-08')).toBe('flag.missing');
    expect((await showProgrammes(pool, 'extra')).programmes[0]?.charges?.[0]?.requires).toEqual([
      'declaration',
      'emdad',
    ]);
  });

  test('of a calendar that is not yet in force: foretold to who has them on its day, and to others why not', async () => {
    await apply(calendar('extra', ', requires: [declaration]', 5, '2026-11-22')); // Azar
    await load(
      'households.csv',
      'household,head_national_id,members,decile',
      ...['B1', 'B2', 'B3', 'B4'].map((household) => `${household},0499370899,4,3`),
    );
    await itIs('2026-10-30');
    await flags(
      'B1,declaration,2026-10-01,,form 1',
      'B2,declaration,2026-10-01,2026-11-20,form 2',
      'B3,declaration,2026-12-01,,form 3',
    );
    const seen = async (household: string): Promise<unknown[]> => {
      const outlook = await creditOutlook(pool, household);
      const month = outlook?.months.find(({ period }) => period === '1405-09');
      return [outlook?.nextCharge, month?.why.code, month?.due];
    };
    expect(await seen('B1')).toEqual(['2026-11-26', 'day.coming', '2026-11-26']);
    expect(await seen('B2')).toEqual([undefined, 'flag.missing', '2026-11-26']);
    expect(await seen('B3')).toEqual(['2026-12-01', 'day.coming', '2026-11-26']);
    expect(await seen('B4')).toEqual([undefined, 'flag.missing', '2026-11-26']);
    // what was foretold comes, on its day, and nothing else
    const came: string[][] = [];
    for (const day of ['2026-11-25', '2026-11-26', '2026-11-30', '2026-12-01', '2026-12-20']) {
      await itIs(day);
      await chargeDue(pool, now);
      came.push((await credit()).map((row) => row.slice(0, 2)));
    }
    expect(came).toEqual([[], ['B1'], ['B1'], ['B1', 'B3'], ['B1', 'B3']]);
    expect((await seen('B1'))[0]).toBe('2026-12-26'); // 5 Dey
    expect((await seen('B4'))[0]).toBeUndefined();
  });

  test('that come late give what was owed of months that are over, once', async () => {
    await apply(calendar('extra', ', requires: [declaration]'));
    await itIs('2026-12-25'); // Dey
    await flags('A1,declaration,2026-11-01,,form 7');
    await chargeDue(pool, now);
    const given = ['A1 extra 1405-08 400 2026-12-25 2027-01-20', 'A1 extra 1405-09 400 2026-12-25 2027-01-20'];
    expect(await credit()).toEqual(given);
    await chargeDue(pool, now);
    await flags('A1,declaration,2026-11-01,,form 8'); // the same again, by another source
    await chargeDue(pool, now);
    expect(await credit()).toEqual(given);
    expect(await verifyLedger(pool)).toEqual([]);
    expect((await auditProgrammes(pool)).map(({ skipped }) => skipped)).toEqual([0, 0, 0, 0]);
  });

  test('of a household that was blocked all the month give nothing of it', async () => {
    await apply(calendar('extra', ', requires: [declaration]'));
    await load('household-status.csv', 'household,status,reason,source', 'A1,blocked,,court 5');
    await itIs('2026-11-25');
    await load('household-status.csv', 'household,status,reason,source', 'A1,active,,court 6');
    await itIs('2026-12-25');
    await flags('A1,declaration,2026-10-01,,form 7');
    await chargeDue(pool, now);
    expect(await credit()).toEqual(['A1 extra 1405-09 400 2026-12-25 2027-01-20']);
    expect(await whyOf('A1', '1405-08')).toBe('household.blocked');
  });
});

test('credit that ends together is spent in the order of its programmes', async () => {
  await apply(`${calendar('base')}, ${calendar('extra')}`);
  expect(await apply(calendar('extra').replace('programme: extra', 'programme: extra, order: 10'))).toEqual([
    'extra: order 100: 10',
  ]);
  expect((await showProgrammes(pool)).programmes.map(({ order }) => order)).toEqual([undefined, 10]);
  await itIs('2026-10-28');
  await chargeProgrammes(pool, { day: '2026-10-28', now });
  expect((await creditOutlook(pool, 'A1'))?.credit.map(({ programme }) => programme)).toEqual(['extra', 'base']);
});

describe('why', () => {
  test('a month came, or did not', async () => {
    await apply(
      `{ programme: base, charges: [{ from: 2026-10-01, cohort: digit, amounts: [{ deciles: [3, 5], rialsPerPerson: 100 }], days: [{ cohorts: [9], day: 5 }, { cohorts: [8], day: 29 }] }] }`,
    );
    await itIs('2026-11-01');
    await chargeProgrammes(pool, { day: '2026-11-01', now });
    const seen = async (household: string): Promise<unknown> =>
      Object.fromEntries((await creditOutlook(pool, household))!.months.map(({ period, why }) => [period, why.code]));
    expect(await seen('A1')).toEqual({
      '1405-07': 'month.skipped', '1405-08': 'granted', '1405-09': 'day.coming',
    }); // prettier-ignore
    expect(await seen('A2')).toMatchObject({ '1405-08': 'cohort.no-day' });
    expect(await seen('A3')).toMatchObject({ '1405-08': 'decile.nothing' });
    await pool.query(`update households set head_last_digit = null, decile = 3 where household_id = 'A3'`);
    expect(await seen('A3')).toMatchObject({ '1405-08': 'digit.unknown' });
    await load('household-status.csv', 'household,status,reason,source', 'A1,expired,deceased,registry');
    expect(await seen('A1')).toMatchObject({ '1405-08': 'granted', '1405-09': 'household.expired' });
    expect(await creditOutlook(pool, 'nobody')).toBeUndefined();
  });

  test('what it has on a day, until when, and what comes next', async () => {
    await apply(calendar('base'));
    await itIs('2026-10-30');
    await chargeProgrammes(pool, { day: '2026-10-30', now });
    await load(
      'allocations.csv',
      'household,programme,period,amount_rials,valid_from,valid_to',
      'A1,base,1405-09,900,2026-11-22,2026-12-21',
    );
    expect(await creditOutlook(pool, 'A1')).toMatchObject({
      asOf: '2026-10-30', leftRials: 400n, ends: '2026-11-21', nextCharge: '2026-11-22',
      credit: [
        { period: '1405-08', leftRials: 400n, to: '2026-11-21', state: 'open' },
        { period: '1405-09', leftRials: 900n, from: '2026-11-22', state: 'coming' },
      ],
    }); // prettier-ignore
    await pool.query(`update buckets set held_rials = 150 where household_id = 'A1' and period = '1405-08'`);
    expect(await creditOutlook(pool, 'A1')).toMatchObject({ leftRials: 250n, ends: '2026-11-21' }); // the bank is asked about the rest
    await pool.query(`update buckets set held_rials = 0 where household_id = 'A1'`);
    expect(await creditOutlook(pool, 'A1', '2026-10-24')).toMatchObject({ leftRials: 0n, credit: [], ends: undefined });
    expect(await creditOutlook(pool, 'A1', '2026-11-25')).toMatchObject({ leftRials: 900n, ends: '2026-12-21' });
  });

  test.each(REASON_CODES)('%s has words in both languages', (code) => {
    const { fa, en } = reasonOf(code);
    expect(fa).toMatch(/[\u0600-\u06ff]/);
    expect(en).toMatch(/^[a-z]/);
    expect(en).not.toBe(code);
  });
});

describe('the audit', () => {
  test('names a month that was skipped, and what a file gave beside the calendar', async () => {
    await apply(calendar('base'));
    await itIs('2026-10-30');
    await chargeDue(pool, now);
    expect(await auditProgrammes(pool)).toMatchObject([
      { period: '1405-07', owed: 2, granted: 0, skipped: 2, examples: ['A1', 'A2'] }, // the calendar came when the month was nearly over
      { period: '1405-08', households: 3, owed: 2, granted: 2, skipped: 0, exceptions: [{ granted: false, why: 'decile.nothing', households: 1, examples: ['A3'] }] },
    ]); // prettier-ignore
    await chargeProgrammes(pool, { day: '2026-10-22', now });
    await load(
      'allocations.csv',
      'household,programme,period,amount_rials,valid_from,valid_to',
      'A3,base,1405-08,900,2026-10-22,2026-12-21',
    );
    expect(await auditProgrammes(pool, { since: '1405-07' })).toMatchObject([
      { period: '1405-07', owed: 2, granted: 2, skipped: 0 },
      { period: '1405-08', owed: 2, granted: 3, skipped: 0, exceptions: [{ granted: true, why: 'decile.nothing', examples: ['A3'] }] },
    ]); // prettier-ignore
  });

  test('finds nothing skipped or doubled, whatever calendars and households change on whichever day', async () => {
    const digits = (a: number, b: number): string =>
      `cohort: digit, amounts: [{ deciles: [1, 2, 3], rialsPerPerson: 100 }], days: [{ cohorts: [0, 1, 2, 3, 4], day: ${a} }, { cohorts: [5, 6, 7, 8, 9], day: ${b} }]`;
    const event = fc.record({
      day: fc.integer({ min: 1, max: 75 }),
      household: fc.constantFrom('A1', 'A2', 'A3'),
      change: fc.constantFrom('digit', 'decile', 'status'),
      value: fc.integer({ min: 0, max: 9 }),
    });
    const rule = fc.record({
      day: fc.integer({ min: 1, max: 70 }),
      a: fc.integer({ min: 1, max: 29 }),
      b: fc.integer({ min: 1, max: 29 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), fc.array(rule, { maxLength: 3 }), async (events, rules) => {
        await itIs('2026-10-20');
        await pool.query(
          'truncate household_changes, buckets, postings, programmes, charge_progress, business_days cascade',
        );
        await pool.query(
          `update households set known_since = '2026-10-20', status = 'active', decile = 2, head_last_digit = right(household_id, 1)::int`,
        );
        await pool.query('truncate household_changes');
        await apply(`{ programme: base, charges: [{ from: 2026-10-20, ${digits(5, 25)} }] }`);
        await chargeDue(pool, now); // as on every day: what a household was on this one, it is owed
        for (let n = 1; n <= 75; n++) {
          const day = addDays('2026-10-20', n);
          await itIs(day);
          for (const { a, b } of rules.filter((each) => each.day === n))
            await pool.query(
              `insert into programme_charges select programme_id, $1::date, 'digit', 1, rials_per_person, $2 from programme_charges order by valid_from limit 1 on conflict do nothing`,
              [day, [a, a, a, a, a, b, b, b, b, b]],
            );
          for (const { household, change, value } of events.filter((each) => each.day === n))
            await alter(household, change, value);
          await chargeDue(pool, now);
        }
        const months = await auditProgrammes(pool);
        expect(months.map(({ period, skipped, examples }) => ({ period, skipped, examples }))).toEqual(
          months.map(({ period }) => ({ period, skipped: 0, examples: [] })),
        );
        expect(months.reduce((sum, { granted }) => sum + granted, 0)).toBe((await credit()).length);
      }),
      {
        numRuns: 4,
        // Blocked on the old rule's day, active again before the new rule's.
        examples: [[[{ day: 62, household: 'A2', change: 'status', value: 7 }, { day: 74, household: 'A2', change: 'status', value: 1 }],
                    [{ day: 24, a: 5, b: 27 }, { day: 43, a: 6, b: 5 }, { day: 70, a: 15, b: 6 }]]],
        interruptAfterTimeLimit: 90_000, // a fault is told, not looked at until the time is up
      }, // prettier-ignore
    );
    expect(await verifyLedger(pool)).toEqual([]);
  }, 120_000);
});

async function alter(household: string, change: string, value: number): Promise<void> {
  const set = { digit: `head_last_digit = ${value}`, decile: `decile = ${1 + (value % 5)}`, status: `status = '${value < 5 ? 'active' : 'blocked'}'` }[change]; // prettier-ignore
  await pool.query(`update households set ${set ?? ''} where household_id = $1`, [household]);
}
