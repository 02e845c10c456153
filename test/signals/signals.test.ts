import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { addDays } from '../../src/field/jalali.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import type { Actor } from '../../src/people/index.ts';
import { findings } from '../../src/signals/evaluate.ts';
import {
  actOnSignal,
  listSignals,
  lockSignal,
  proposeVersion,
  readSignal,
  RULE_IDS,
  ruleVersions,
  runSignals,
  signVersion,
  tryRule,
} from '../../src/signals/index.ts';
import type { RuleId } from '../../src/signals/rules.ts';
import { addActor } from '../support/people.ts';
import { createDatabase, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import {
  closeDays,
  merchantOf,
  openShops,
  seeded,
  sell,
  terminalOf,
  type KeptSale,
  type Sale,
} from './support/books.ts';
import { creditBurst, sameTail, splitPurchases, terminalsAlternate } from './support/oracle.ts';

const FIRST = '2026-11-01';
const DAYS = 20;
const LAST = addDays(FIRST, DAYS - 1);
const NOW = Date.UTC(2026, 10, 22, 8);
const CLOSED = new Date(NOW - 86_400_000);

/** One abuser a rule, and what the shop did. Everybody else is honest. */
const ABUSERS: Readonly<Record<RuleId, number>> = {
  'credit-burst': 101,
  'whole-credit': 102,
  'same-tail': 103,
  'amount-pairs': 104,
  'same-card': 105,
  'split-purchases': 106,
  'terminals-alternate': 107,
  'terminal-moved': 108,
  'foreign-hours': 109,
  'sudden-volume': 110,
  'foreign-goods': 111,
  'no-returns': 112,
};
const HONEST = Array.from({ length: 20 }, (_, index) => index + 1);
/** Sells 1,500 baskets on the charge day, at two tills; one household in six spends all it has. */
const BUSY = 1;

let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let sales: KeptSale[];
let sara: Actor & { id: string };
let reza: Actor & { id: string };

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  [sara, reza] = [await addActor(owner, 'sara', ['reviewer']), await addActor(owner, 'reza', ['reviewer'])];
  await openShops(owner, [
    ...HONEST.map((shop) => ({ shop, guild: shop % 5 === 0 ? 'butcher' : 'supermarket' })),
    ...Object.values(ABUSERS).map((shop) => ({ shop, guild: shop === 111 ? 'butcher' : 'supermarket' })),
  ]);
  await closeDays(owner, FIRST, DAYS, CLOSED);
  sales = await sell(owner, [...honestSales(seeded(7)), ...abuses(seeded(8))]);
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
});

/** Baskets of one to eight lines at prices of 10,000 rials, from seven in the morning to ten at night; one in fifty comes back. */
function honestSales(random: (below: number) => number): Sale[] {
  return Array.from({ length: DAYS }, (_, index) => addDays(FIRST, index)).flatMap((day) =>
    HONEST.flatMap((shop) => {
      const busy = shop === BUSY && day === LAST;
      return Array.from({ length: busy ? 1_500 : 30 }, (): Sale => {
        const lines = 1 + random(8);
        const total = 10_000 * (30 + random(900));
        const whole = random(busy ? 6 : 15) === 0;
        return {
          ...{ day, shop, total, terminal: terminalOf(shop, 1 + random(2)) },
          household: `h${random(50_000)}`,
          second: 7 * 3_600 + random(15 * 3_600),
          ...(whole ? { left: 0, voucher: Math.ceil(total * 0.8) } : {}),
          codes: Array.from({ length: lines }, () => (random(12) === 0 ? '01' : '00')),
          ...(random(50) === 0 ? { kind: 'return' as const } : {}),
        };
      });
    }),
  );
}

/** Each on the last day, beside ten honest purchases of the shop, so that it is no stranger. */
function abuses(random: (below: number) => number): Sale[] {
  const noon = 12 * 3_600;
  const usual = (shop: number, count = 10): Sale[] =>
    Array.from({ length: count }, (_, n) => ({
      ...{ day: LAST, shop, household: `u${shop}-${n}`, total: 10_000 * (40 + random(700)) },
      second: 9 * 3_600 + n * 600,
      codes: ['00', '00'],
    }));
  const many = (rule: RuleId, count: number, sale: (n: number) => Partial<Sale>): Sale[] =>
    Array.from({ length: count }, (_, n) => ({
      ...{ day: LAST, shop: ABUSERS[rule], household: `a${n}`, second: noon + n * 300, codes: ['00', '00'] },
      total: 10_000 * (40 + random(700)),
      ...sale(n),
    }));
  return [
    ...[101, 103, 104, 105, 106, 109].flatMap((shop) => usual(shop)),
    ...many('credit-burst', 6, (n) => ({ second: noon + n * 9, left: 0, total: 10_000_000 + n * 10_000 })),
    ...many('whole-credit', 12, (n) => ({
      second: noon + n * 900,
      left: 0,
      codes: ['00'],
      total: 8_000_000 + n * 370_000,
    })),
    ...many('same-tail', 40, (n) => ({ total: 1_000_000 * (2 + (n % 5)) + 990_000 })),
    ...many('amount-pairs', 12, (n) => ({ total: n % 2 === 0 ? 4_870_000 : 5_130_000 })),
    ...many('same-card', 5, () => ({ household: 'cousin', total: 5_000_000 + random(9) * 10_000, voucher: 1_000_000 })),
    ...many('split-purchases', 8, () => ({ household: 'slow', total: 600_000 + random(30) * 10_000 })),
    ...many('terminals-alternate', 30, (n) => ({ terminal: terminalOf(107, 1 + (n % 2)), second: noon + n * 40 })),
    ...many('terminal-moved', 8, () => ({ terminal: terminalOf(20, 2) })),
    ...many('foreign-hours', 7, (n) => ({ second: 2 * 3_600 + n * 300 })),
    ...many('sudden-volume', 60, () => ({ total: 10_000 * (2_000 + random(900)) })),
    ...many('foreign-goods', 12, () => ({ codes: ['00', '04', '04'], voucher: 100_000 })),
    ...Array.from({ length: 14 }, (_, back) => addDays(LAST, -back)).flatMap((day) =>
      Array.from({ length: 16 }, (_, n): Sale => ({
        ...{ day, shop: 112, household: `r${n}`, second: 8 * 3_600 + n * 2_400, total: 1_000_000 * (1 + random(9)) },
      })),
    ),
  ];
}

async function shipped(rule: RuleId) {
  const [version] = await ruleVersions(pool, rule);
  if (version === undefined) throw new Error(`${rule} is not shipped`);
  return version;
}

test('every rule is shipped with thresholds that it takes, texts in both languages, and off', async () => {
  const versions = await ruleVersions(pool);
  expect(versions.map(({ rule }) => rule)).toEqual([...RULE_IDS].sort());
  for (const { rule, thresholds, text, title, firstDay } of versions) {
    const copy = { validFrom: LAST, enabled: true, thresholds, reason: 'the same again' };
    await transaction(pool, (db) => proposeVersion(db, rule, copy, { actor: sara }, NOW), { undo: true });
    expect(firstDay).toBeNull();
    for (const said of [text, title]) {
      expect(said.fa).toMatch(/^[\u0600-\u06ff\u200c\s،؛:.]+$/);
      expect(said.fa).not.toMatch(/[\u064a\u0643]/); // Arabic yeh and kaf
      expect(said.en).toMatch(/^[\x20-\x7e]+$/);
    }
  }
});

test('a rule that is off raises nothing', async () => {
  expect(await runSignals(pool, { now: NOW })).toMatchObject({ raised: 0, failures: [] });
  expect(await listSignals(pool, { limit: 10 })).toEqual([]);
});

test.each(RULE_IDS)('%s finds the shop that was planted for it, and no honest one', async (rule) => {
  const trial = await tryRule(pool, { rule, from: LAST, to: LAST, by: sara.id, now: NOW });
  expect(trial.list.map(({ merchant }) => merchant)).toContain(merchantOf(ABUSERS[rule]));
  const honest = new Set(HONEST.map(merchantOf));
  expect(trial.list.filter(({ merchant }) => honest.has(merchant))).toEqual([]);
  const [own] = trial.list.filter(({ merchant }) => merchant === merchantOf(ABUSERS[rule]));
  const mine = new Set(sales.filter(({ shop }) => shop === ABUSERS[rule]).map(({ rrn }) => rrn));
  expect(own?.rrns.length).toBeGreaterThan(0);
  expect(own?.rrns.filter((rrn) => !mine.has(rrn))).toEqual([]);
  expect(await listSignals(pool, { limit: 10 })).toEqual([]); // a trial raises nothing
});

const MODELS = {
  'credit-burst': creditBurst,
  'split-purchases': splitPurchases,
  'same-tail': sameTail,
  'terminals-alternate': terminalsAlternate,
} as const;
type Modelled = keyof typeof MODELS;
const MODELLED = Object.keys(MODELS) as Modelled[];

describe('a model that is not SQL says the same', () => {
  test.each(MODELLED)('%s, of every day of the books', async (rule) => {
    const { thresholds } = await shipped(rule);
    for (const day of [FIRST, addDays(FIRST, 9), LAST]) {
      const found = await findings(pool, day, { rule, thresholds });
      expect(found.map(({ merchant, purchases, rials, rrns }) => ({ merchant, purchases, rials, rrns }))).toEqual(
        MODELS[rule](sales, day, thresholds as Readonly<Record<string, number>>),
      );
    }
  });

  test('of small books full of coincidences, at low thresholds', async () => {
    const url = await createDatabaseOf('coincidences');
    const other = openPool(url, 2);
    other.on('error', () => undefined);
    try {
      await openShops(
        other,
        [1, 2, 3].map((shop) => ({ shop, guild: 'supermarket' })),
      );
      const days = await closeDays(other, FIRST, 40, CLOSED);
      const random = seeded(99);
      const small = await sell(
        other,
        days.flatMap((day) =>
          Array.from({ length: 60 }, (): Sale => {
            const shop = 1 + random(3);
            return {
              ...{ day, shop, terminal: terminalOf(shop, 1 + random(2)), household: `h${random(6)}` },
              second: random(400), // many at the same second
              total: 10 * (1 + random(30)),
              left: random(2),
              state: random(10) === 0 ? 'reversed' : random(10) === 0 ? 'declined' : 'approved',
              voucher: random(8) === 0 ? 0 : 10,
            };
          }),
        ),
      );
      const figures: Readonly<Record<Modelled, Readonly<Record<string, number>>>> = {
        'credit-burst': { leftRials: 0, leastRials: 5, seconds: 20, chain: 2 },
        'split-purchases': { purchases: 3, smallRials: 200, sumRials: 300 },
        'same-tail': { digits: 2, purchases: 2, sharePercent: 20 },
        'terminals-alternate': { purchases: 5, seconds: 30, sharePercent: 50 },
      };
      for (const rule of MODELLED) {
        let shops = 0;
        for (const day of days) {
          const found = await findings(other, day, { rule, thresholds: figures[rule] });
          const wanted = MODELS[rule](small, day, figures[rule]);
          expect(found.map(({ merchant, purchases, rials, rrns }) => ({ merchant, purchases, rials, rrns }))).toEqual(
            wanted,
          );
          shops += wanted.length;
        }
        expect(shops).toBeGreaterThan(5); // else it says nothing
      }
    } finally {
      await other.end();
    }
  });
});

async function createDatabaseOf(name: string): Promise<string> {
  return createDatabase(server, name, 'template0').then(async (url) => {
    const { migrate } = await import('../../src/ledger/index.ts');
    const db = openPool(url, 1);
    await migrate(db);
    await db.end();
    return url;
  });
}

describe('what turns a rule on', () => {
  const rule = 'whole-credit';

  test('a version that was never tried is signed by nobody, in the database too', async () => {
    const { thresholds } = await shipped(rule);
    const wish = {
      validFrom: FIRST,
      enabled: true,
      thresholds: { ...thresholds, purchases: 5 },
      reason: 'fewer are enough',
    };
    const { version } = await transaction(pool, (db) => proposeVersion(db, rule, wish, { actor: sara }, NOW));
    expect(version).toBe(2);
    await expect(transaction(pool, (db) => signVersion(db, rule, 2, { actor: reza }, NOW))).rejects.toMatchObject({
      code: 'signals.refused',
    });
    await expect(pool.query(`insert into signal_signatures values ('${rule}', 2, ${sara.id}, now())`)).rejects.toThrow(
      'was never tried',
    );
  });

  test('thresholds out of bounds, unknown or missing are named', async () => {
    const bad = { leftRials: -1, leastRials: 5, purchases: 5, share: 7 };
    const wish = { validFrom: FIRST, enabled: true, thresholds: bad, reason: '' };
    const attempt = transaction(pool, (db) => proposeVersion(db, rule, wish, { actor: sara }, NOW));
    await expect(attempt).rejects.toThrow(/leftRials.*>= 0/);
    await expect(attempt).rejects.toThrow(/share is not one/);
    await expect(attempt).rejects.toThrow(/sharePercent/);
  });

  test('two persons sign it; one person twice is one', async () => {
    await tryRule(pool, { rule, version: 2, from: FIRST, to: LAST, by: sara.id, now: NOW });
    const sign = (actor: Actor, at: number) => transaction(pool, (db) => signVersion(db, rule, 2, { actor }, at));
    expect(await sign(sara, Date.UTC(2026, 10, 18, 8))).toMatchObject({ firstDay: null, signedBy: [sara.id] });
    await expect(sign(sara, NOW)).rejects.toThrow('another person is needed');
    // it looks from the day of the second signature on: never back
    expect(await sign(reza, Date.UTC(2026, 10, 19, 8))).toMatchObject({ firstDay: '2026-11-19' });
  });

  test('the night raises what is due, once, and only of closed days', async () => {
    const first = await runSignals(pool, { now: NOW });
    expect(first).toMatchObject({ days: ['2026-11-19', LAST], raised: 1, failures: [] });
    expect(await runSignals(pool, { now: NOW })).toEqual({ days: [], raised: 0, failures: [] });
    await owner.query('delete from signal_runs'); // as if it had been killed after the day: nothing is raised twice
    expect(await runSignals(pool, { now: NOW })).toMatchObject({ raised: 0, failures: [] });
    const [signal] = await listSignals(pool, { limit: 10 });
    expect(signal).toMatchObject({
      rule,
      ruleVersion: 2,
      day: LAST,
      merchant: merchantOf(102),
      purchases: 12,
      state: 'open',
    });
  });

  test('two copies at once raise it once', async () => {
    await owner.query(`delete from signals; delete from signal_runs`);
    const results = await Promise.all([1, 2, 3].map(() => runSignals(pool, { now: NOW })));
    expect(results.reduce((sum, { raised }) => sum + raised, 0)).toBe(1);
  });

  test('a rule that fails keeps no other from its turn, and is tried again', async () => {
    await owner.query(`delete from signals; delete from signal_runs where rule_id <> ''`);
    await owner.query(
      `update signal_rules set thresholds = '{"digits": 90, "purchases": 20, "sharePercent": 70}' where rule_id = 'same-tail'`,
    );
    const signed = async (id: RuleId, actor: Actor) =>
      transaction(pool, (db) => signVersion(db, id, 1, { actor }, Date.UTC(2026, 10, 20, 8)));
    for (const actor of [sara, reza]) await signed('same-tail', actor);
    const night = await runSignals(pool, { now: NOW });
    expect(night.raised).toBe(1);
    expect(night.failures).toEqual([expect.stringContaining(`same-tail of ${LAST}`)]);
    await owner.query(
      `update signal_rules set thresholds = '{"digits": 6, "purchases": 20, "sharePercent": 70}' where rule_id = 'same-tail'`,
    );
    expect(await runSignals(pool, { now: NOW })).toMatchObject({ raised: 1, failures: [] });
  });

  test('a rule over many days speaks of a shop once in them', async () => {
    for (const actor of [sara, reza])
      await transaction(pool, (db) => signVersion(db, 'no-returns', 1, { actor }, Date.UTC(2026, 10, 1, 8)));
    expect(await runSignals(pool, { now: NOW })).toMatchObject({ failures: [] });
    const found = await listSignals(pool, { rule: 'no-returns', limit: 10 });
    expect(found.map(({ merchant }) => merchant)).toEqual([merchantOf(112)]);
  });
});

describe('what a person does with a signal', () => {
  const act = async (id: string, actor: Actor, what: Parameters<typeof actOnSignal>[2], version?: number) =>
    transaction(pool, async (db) =>
      actOnSignal(db, await lockSignal(db, id, what.kind, version), what, { actor }, NOW),
    );

  test('looks at it, then dismisses it with a reason; the rule’s precision counts it', async () => {
    const [line] = await listSignals(pool, { state: 'waiting', rule: 'whole-credit', limit: 1 });
    const { id = '' } = line ?? {};
    await expect(act(id, sara, { kind: 'dismiss', reason: 'a wedding in the street' })).rejects.toThrow('is open');
    await expect(act(id, sara, { kind: 'look' }, 7)).rejects.toMatchObject({ code: 'signals.stale' });
    expect(await act(id, sara, { kind: 'look' }, 1)).toMatchObject({
      state: 'looked_at',
      lookedBy: sara.id,
      version: 2,
    });
    expect(await act(id, reza, { kind: 'dismiss', reason: 'a wedding in the street' })).toMatchObject({
      state: 'dismissed',
    });
    await expect(act(id, reza, { kind: 'look' })).rejects.toMatchObject({ code: 'signals.refused' });
    const versions = await ruleVersions(pool, 'whole-credit');
    expect(versions.map(({ precision }) => precision)).toEqual([
      { raised: 0, waiting: 0, dismissed: 0, violations: 0, percent: null },
      { raised: 1, waiting: 0, dismissed: 1, violations: 0, percent: 0 },
    ]);
    expect(await listSignals(pool, { state: 'waiting', rule: 'whole-credit', limit: 1 })).toEqual([]);
  });

  test('a violation keeps what became of it', async () => {
    const [line] = await listSignals(pool, { rule: 'same-tail', limit: 1 });
    const { id = '' } = line ?? {};
    await act(id, sara, { kind: 'look' });
    await act(id, sara, { kind: 'violation', reason: 'amounts without baskets', violation: '7' });
    expect(await readSignal(pool, id)).toMatchObject({ state: 'violation', violation: '7', closedBy: sara.id });
    const { rows } = await pool.query(`select act from audit where object = 'signal:${id}' order by seq`);
    expect(rows.map((row: { act: string }) => row.act)).toEqual(['signal.looked-at', 'signal.violation']);
  });
});

test('the role at work can rewrite neither rules nor what was signed, tried and found', async () => {
  for (const attempt of [
    `update signal_rules set thresholds = '{}'`,
    `delete from signal_rules`,
    `update signal_signatures set person_id = 1`,
    `delete from signal_signatures`,
    `update signal_trials set shops = 0`,
    `update signals set rrns = '{}'`,
    `update signals set merchant_id = '1'`,
    `delete from signals`,
    `update signal_runs set found = 0`,
  ])
    await expect(pool.query(attempt)).rejects.toThrow('permission denied');
});
