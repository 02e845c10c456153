import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { stringify } from 'yaml';
import { applyProgrammes, showProgrammes } from '../../../src/ledger/index.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 2 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});

beforeEach(async () => {
  await pool.query('truncate programmes, guild_goods, programme_files cascade');
});

afterAll(async () => {
  await pool.end();
  await server.stop();
});

const NOW = Date.UTC(2026, 10, 23, 8);
const FILE = `
programmes:
  - programme: kalabarg
    rules:
      - from: 2026-03-21
      - { from: 2026-12-22, pinCheck: none, pinCheckFromRials: 7000, minCardRials: 50000, minCardAs: fee, confirmation: required, confirmWithinMs: 60000,
          maxPurchaseRials: 9, maxDayRials: 8, maxDayPurchases: 7, maxPeriodRials: 6, minSoftwareVersion: 2.10.0, carryOver: true }
    charges:
      - from: 2026-12-22
        cohort: digit
        validMonths: 2
        amounts: [{ deciles: [3, 1, 2], rialsPerPerson: 10000000 }]
        days: [{ cohorts: [0, 1, 2], day: 15 }, { cohorts: [3, 4, 5, 6], day: 20 }]
    entitlements: [{ period: 1405-10, category: '01', perPerson: 1000 }, { period: '*', category: '02', perPerson: 5 }]
guilds: { dairy: ['05', '04'] }
`;

function apply(text: string, dryRun = false): Promise<string[]> {
  return applyProgrammes(pool, text, { name: 'programmes.yaml', now: NOW, dryRun });
}

async function faultsOf(text: string): Promise<string> {
  return apply(text).then(
    () => 'taken',
    (error: unknown) => (error as Error).message,
  );
}

test('a file is taken whole, and what is shown of it is a file in which nothing is new', async () => {
  expect(await apply(FILE)).toHaveLength(7);
  const shown = await showProgrammes(pool);
  expect(shown.programmes[0]?.rules?.[1]).toMatchObject({ minCardRials: 50_000, maxPeriodRials: 6, carryOver: true });
  expect(await apply(stringify(shown))).toEqual([]);
  expect(await apply(JSON.stringify(shown))).toEqual([]);
  expect(await apply(FILE)).toEqual([]);
  expect(await showProgrammes(pool)).toEqual(shown);
});

test('a dry run says what would change and changes nothing', async () => {
  expect(await apply(FILE, true)).toContain('kalabarg: rules 2026-12-22: new');
  expect((await showProgrammes(pool)).programmes).toEqual([]);
});

test('what has begun stays; what is to come is changed or withdrawn', async () => {
  await apply(FILE);
  expect(await faultsOf(FILE.replace('from: 2026-03-21', 'from: 2026-03-22'))).toBe(
    'refused, nothing was changed:\n  programmes[0].rules[0]: 2026-03-22 has begun; what holds is changed from tomorrow on',
  );
  expect(await faultsOf(FILE.replace('from: 2026-03-21', '{ from: 2026-03-21, minCardRials: 1 }'))).toContain(
    'has begun',
  );
  expect(await apply(FILE.replace('minCardRials: 50000', 'minCardRials: 60000'))).toEqual([
    'kalabarg: rules 2026-12-22: changed',
  ]);
  expect(
    await apply(
      'programmes: [{ programme: kalabarg, rules: [], entitlements: [{ period: "*", category: "02", perPerson: 5 }] }]',
    ),
  ).toEqual(['kalabarg: rules 2026-12-22: withdrawn', 'kalabarg: entitlements 1405-10 01: withdrawn']);
  expect((await showProgrammes(pool)).programmes[0]).toMatchObject({ rules: [{ from: '2026-03-21' }], charges: [{}] });
});

test.each([
  ['programmes: [{ programme: "a b" }]', 'programmes[0].programme: must match'],
  [
    'programmes: [{ programme: a, rules: [{ from: 2026-02-30 }] }]',
    'programmes[0].rules[0].from: there is no day 2026-02-30',
  ],
  [
    'programmes: [{ programme: a, rules: [{ from: 2027-01-01, minCardRials: -1 }] }]',
    'rules[0].minCardRials: must be >= 0',
  ],
  [
    'programmes: [{ programme: a, rules: [{ from: 2027-01-01, fee: 1 }] }]',
    'programmes[0].rules[0]: there is no setting fee',
  ],
  ['programmes: [{ programme: a }, { programme: a }]', 'programmes[1].programme: a comes twice'],
  [FILE.replace('cohort: digit', 'cohort: all'), 'charges[0].days[0].cohorts: all has no cohort 1'],
  [FILE.replace('[3, 1, 2]', '[3, 3]'), 'charges[0].amounts[0].deciles: 3 comes twice'],
  ['programmes: [', 'refused'],
  ['42', 'the file: must be object'],
])('a file is refused by the path of its fault (case %#)', async (text, fault) => {
  expect(await faultsOf(text)).toContain(fault);
  expect((await showProgrammes(pool)).programmes).toEqual([]);
});
