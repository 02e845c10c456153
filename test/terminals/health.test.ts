import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { healthDuty, openHealthCounts, sickTerminals } from '../../src/terminals/health/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

/** terminals.md 1: how terminals do is computed from traffic. */
const NOON = Date.parse('2026-11-28T08:30:00Z'); // 12:00 in Tehran
const EVENING = Date.parse('2026-11-28T14:30:00Z'); // 18:00
const TODAY = '2026-11-28';
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 1);
  pool = openPool(await gatewayLogin(server.url), 2);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  await owner.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ('000000000000001', 'x', 'dairy', 'IR710560000000100324200001', 'approved')`,
  );
  await owner.query(
    `insert into terminals (terminal_id, merchant_id, profile, status)
     select (10000001 + n)::text, '000000000000001', 'native', 'active' from generate_series(0, 9) n`,
  );
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
});

type Note = readonly [mti: string, stan: number, rc: string, seconds: number];

async function traffic(terminal: string, notes: readonly Note[], at = NOON): Promise<void> {
  const counts = openHealthCounts({
    pool,
    clock: simulatedClock(at),
    onError: (error) => {
      expect(error).toBeUndefined();
    },
  });
  for (const [mti, stan, rc, seconds] of notes) counts.note(terminal, mti, String(stan).padStart(6, '0'), rc, seconds);
  await counts.close();
}

const sales = (count: number, each: (n: number) => Note = (n) => ['0200', n, '00', 0.1]): Note[] =>
  Array.from({ length: count }, (_, n) => each(n + 1));

async function rulesOf(terminal: string, now = NOON): Promise<string[]> {
  return (await sickTerminals(pool, { now })).filter((sick) => sick.terminal === terminal).map(({ rule }) => rule);
}

test('a terminal in order is not listed, also where its STAN goes round, repeats, or was never seen before', async () => {
  await traffic('10000001', [
    ...sales(30, (n) => ['0200', 999_980 + n > 999_999 ? 999_980 + n - 999_999 : 999_980 + n, '00', 0.2]),
    ['0401', 5, '00', 0.1],
  ]);
  expect(await rulesOf('10000001')).toEqual([]);
  const { rows } = await pool.query('select requests, sales, approved, reversals, stan_gaps from terminal_health_days');
  expect(rows).toEqual([{ requests: 31, sales: 30, approved: 30, reversals: 0, stan_gaps: 0 }]);
});

test.each<[string, string, Note[]]>([
  ['stan-gaps', '10000002', sales(40, (n) => ['0200', 3 * n, '00', 0.1])],
  ['late-answers', '10000003', sales(40, (n) => ['0200', n, '00', n % 4 === 0 ? 21 : 0.1])],
  ['reversals', '10000004', sales(40, (n) => (n % 4 === 0 ? ['0400', n, '00', 0.1] : ['0200', n, '00', 0.1]))],
  ['mac-failures', '10000005', sales(40, (n) => ['0200', n, n < 4 ? '63' : '00', 0.1])],
])('%s are found', async (rule, terminal, notes) => {
  await traffic(terminal, notes);
  expect(await rulesOf(terminal)).toEqual([rule]);
});

/** The same traffic over several copies of the gateway, each of which hears a part; they write in turn.
 *  @param copyOf which copy hears the n-th */
async function spread(
  terminal: string,
  notes: readonly Note[],
  copyOf: (n: number) => number,
  copies = 2,
): Promise<void> {
  const clock = simulatedClock(NOON);
  const onError = (error: unknown) => {
    expect(error).toBeUndefined();
  };
  const all = Array.from({ length: copies }, () => openHealthCounts({ pool, clock, onError }));
  for (const [n, [mti, stan, rc, seconds]] of notes.entries()) {
    all[copyOf(n)]?.note(terminal, mti, String(stan).padStart(6, '0'), rc, seconds);
    if (n % 17 === 0) await all[n % copies]?.flush();
  }
  for (const copy of all) await copy.close();
}

async function gapsOf(terminal: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ stan_gaps: number }>(
    'select stan_gaps from terminal_health_days where terminal_id = $1 and day = $2',
    [terminal, TODAY],
  );
  return rows[0]?.stan_gaps;
}

const inTurn = (n: number) => n % 2;
const anywhere = (n: number) => ((n * 7919) % 13) % 3;

test.each<[string, Note[], (n: number) => number, number]>([
  ['that goes to two copies in turn', sales(60), inTurn, 0],
  ['that goes to three as they come', sales(200), anywhere, 0],
  ['whose STAN goes round meanwhile', sales(60, (n) => ['0200', ((999_969 + n) % 999_999) + 1, '00', 0.1]), inTurn, 0],
  ['of a concentrator, whose messages overtake each other', sales(60, (n) => ['0200', n % 2 === 1 ? n + 1 : n - 1, '00', 0.1]), inTurn, 0],
  ['whose repeat alone was heard', sales(60, (n) => [n % 10 === 0 ? '0201' : '0200', n, '00', 0.1]), inTurn, 0],
  ['of which one in ten is lost', sales(180, (n) => ['0200', n + Math.floor(n / 9), '00', 0.1]), inTurn, 20],
  ['of which one in ten is lost, as they come', sales(180, (n) => ['0200', n + Math.floor(n / 9), '00', 0.1]), anywhere, 20],
  ['of a device that began again once, as each copy heard it', sales(60, (n) => ['0200', n < 30 ? 700 + n : n, '00', 0.1]), inTurn, 2],
  ['of two devices with one number', sales(60, (n) => ['0200', n % 2 === 0 ? 5_000 + n / 2 : (n + 1) / 2, '00', 0.1]), () => 0, 29],
])('traffic over several copies %s has its own gaps and no others', async (_, notes, copyOf, gaps) => {
  await owner.query("delete from terminal_health_days where terminal_id = '10000010'");
  await spread('10000010', notes, copyOf, 3);
  expect(await gapsOf('10000010')).toBe(gaps);
  expect(await rulesOf('10000010')).toEqual(gaps > 5 ? ['stan-gaps'] : []);
}); // prettier-ignore

test('STANs without order fill no disk: beyond what is kept the gaps of before are counted once', async () => {
  await owner.query("delete from terminal_health_days where terminal_id = '10000010'");
  const wild = (from: number): Note[] =>
    sales(1_500, (n) => ['0200', 1 + (((from + n) * 7_919 * 3) % 999_983), '00', 0.1]);
  for (const from of [0, 1_500, 3_000, 4_500]) await traffic('10000010', wild(from));
  const { rows } = await owner.query<{ kept: number; gaps: number }>(
    "select pg_column_size(stans) as kept, stan_gaps as gaps from terminal_health_days where terminal_id = '10000010'",
  );
  expect(rows[0]?.kept).toBeLessThan(40_000);
  expect(rows[0]?.gaps).toBeGreaterThan(3_000);
  await owner.query("delete from terminal_health_days where terminal_id = '10000010'");
});

test('of little traffic nothing is said', async () => {
  await traffic(
    '10000006',
    sales(4, (n) => ['0200', 7 * n, '00', 30]),
  );
  expect(await rulesOf('10000006')).toEqual([]);
});

test('silence after trading yesterday is found in the afternoon, until the terminal sells again', async () => {
  await traffic('10000007', sales(6), NOON - 86_400_000);
  expect(await rulesOf('10000007', NOON)).toEqual([]);
  expect(await rulesOf('10000007', EVENING)).toEqual(['silent']);
  await traffic('10000007', sales(1), EVENING);
  expect(await rulesOf('10000007', EVENING)).toEqual([]);
});

test('drift comes from the last contact of the day', async () => {
  await pool.query(
    "insert into terminal_contacts (terminal_id, last_at, drift_ms, drift_at) values ('10000008', $1, -300000, $1)",
    [new Date(NOON)],
  );
  expect(await rulesOf('10000008')).toEqual(['clock-drift']);
  expect(await rulesOf('10000008', NOON + 86_400_000)).toEqual([]);
});

test('copies add to the same day; what cannot be written is kept', async () => {
  await traffic('10000009', sales(2));
  await traffic('10000009', sales(3));
  const broken = { query: () => Promise.reject(new Error('away')) } as unknown as pg.Pool;
  let away = true;
  const failing = {
    query: (...args: unknown[]) => (away ? broken.query('') : (pool.query as (...all: unknown[]) => unknown)(...args)),
  };
  const counts = openHealthCounts({
    pool: failing as unknown as pg.Pool,
    clock: simulatedClock(NOON),
    onError: () => undefined,
  });
  counts.note('10000009', '0200', '000001', '00', 0.1);
  await expect(counts.flush()).rejects.toThrow('away');
  counts.note('10000009', '0200', '000002', '51', 0.1);
  counts.note('99999999', '0200', '000001', '58', 0.1); // no terminal of ours
  away = false;
  await counts.close();
  const { rows } = await pool.query("select sales, approved from terminal_health_days where terminal_id = '10000009'");
  expect(rows).toEqual([{ sales: 7, approved: 6 }]);
});

test('a threshold is a dated row; an unknown rule is refused; retired terminals are left out', async () => {
  await owner.query("insert into terminal_health_rules values ('stan-gaps', $1, 100.1, 20)", [TODAY]);
  expect(await rulesOf('10000002')).toEqual([]);
  await owner.query('delete from terminal_health_rules where valid_from = $1', [TODAY]);
  await expect(sickTerminals(pool, { now: NOON, rule: 'mood' })).rejects.toThrow('There is no rule "mood"');
  await owner.query(
    "update terminals set status = 'disabled', ended = 'lost', ended_at = now(), end_reason = 'x' where terminal_id = '10000002'",
  );
  expect(await rulesOf('10000002')).toEqual([]);
});

test('the duty counts the sick by rule, and lets old days go', async () => {
  await owner.query("insert into terminal_health_days (terminal_id, day) values ('10000001', '2024-01-01')");
  const counts = await healthDuty(pool, NOON);
  expect(Object.fromEntries(counts)).toMatchObject({ 'mac-failures': 1, 'late-answers': 1, silent: 0 });
  const { rows } = await pool.query("select from terminal_health_days where day = '2024-01-01'");
  expect(rows).toHaveLength(0);
});
