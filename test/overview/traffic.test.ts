import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { systemClock, type Clock } from '../../src/ops/clock.ts';
import {
  copiesOf,
  liveOf,
  openTraffic,
  rollUp,
  saidLately,
  trafficOf,
  type Traffic,
} from '../../src/overview/index.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let now = 0;
let flush = (): Promise<unknown> => Promise.resolve();
const NOON = Date.parse('2026-11-27T12:00:00Z');

/** Beats when the test says so. */
const clock: Clock = {
  ...systemClock,
  now: () => now,
  every: () => ({ stop: () => Promise.resolve() }),
};

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 4); // with the rights of its duty
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});
beforeEach(async () => {
  now = NOON;
  await pool.query('delete from traffic_answers; delete from traffic_times; delete from gateway_copies');
});

function copy(name: string, on: pg.Pool = pool): Traffic {
  const state = () => ({ version: '1', serves: ['terminals'], connections: 7, bankLinks: 2, driftMs: 3.4 });
  const traffic = openTraffic({ pool: on, clock, copy: name, state, onError: () => undefined });
  flush = () => traffic.flush();
  return traffic;
}

const approved = { rc: '00', voucherRials: 70n, cardRials: 30n, cashRials: 0n };
const refused = { rc: '51', text: 'اعتبار یا موجودی کافی نیست' };

function sell(traffic: Traffic, count: number, answer: typeof approved | typeof refused, ms = 10): void {
  for (let sale = 0; sale < count; sale++) traffic.note({ mti: '0200', kind: 'purchase', answer, seconds: ms / 1_000 });
}

test('copies are summed; writing again changes nothing', async () => {
  const [one, other] = [copy('one'), copy('other')];
  sell(one, 3, approved);
  sell(other, 2, approved);
  sell(other, 1, refused);
  await one.flush();
  await other.flush();
  sell(one, 1, approved);
  await one.flush();
  await one.flush();
  now += 60_000;
  const { total, points } = await trafficOf(pool, '15m', now);
  expect(total).toMatchObject({ purchases: 7, approved: 6, codes: { '00': 6, '51': 1 } });
  expect(total).toMatchObject({ voucherRials: '420', cardRials: '180', cashRials: '0' });
  expect(points).toMatchObject([{ at: '2026-11-27T12:00:00.000Z', purchases: 7 }]);
});

test('repeats, questions and reversals are no purchases; what screens showed has them all', async () => {
  const traffic = copy('one');
  sell(traffic, 2, refused);
  traffic.note({ mti: '0201', kind: 'purchase', answer: refused, seconds: 0.01 });
  traffic.note({ mti: '0200', kind: 'quote', answer: { rc: '14', text: 'کارت مشمول کالابرگ نیست' }, seconds: 0.01 });
  traffic.note({ mti: '0400', kind: undefined, answer: { rc: '63' }, seconds: 0.01 });
  traffic.note({ mti: '0800', kind: 'network', answer: { rc: '00' }, seconds: 0.01 });
  await flush();
  expect((await trafficOf(pool, '24h', now)).total).toMatchObject({ purchases: 2, codes: { '51': 2 } });
  expect(await saidLately(pool, now)).toEqual([
    { kind: 'purchase', rc: '51', said: refused.text, answers: 2 },
    { kind: 'quote', rc: '14', said: 'کارت مشمول کالابرگ نیست', answers: 1 },
    { kind: 'repeat', rc: '51', said: refused.text, answers: 1 },
    { kind: 'unread', rc: '63', said: '', answers: 1 },
  ]);
});

test('percentiles are within a tenth of what was measured', async () => {
  const traffic = copy('one');
  for (let ms = 1; ms <= 1_000; ms++) sell(traffic, 1, approved, ms);
  await flush();
  const { p50Ms, p95Ms, p99Ms } = (await trafficOf(pool, '15m', now)).total;
  for (const [found, wanted] of [
    [p50Ms, 500],
    [p95Ms, 950],
    [p99Ms, 990],
  ] as const)
    // prettier-ignore
    expect(Math.abs((found ?? 0) - wanted) / wanted).toBeLessThan(0.1);
});

test('each second has its purchases, and the rate is of the last ten that every copy has told', async () => {
  const traffic = copy('one');
  for (let second = 0; second < 20; second++) {
    now = NOON + second * 1_000;
    sell(traffic, second < 10 ? 1 : 4, approved);
  }
  now = NOON + 26_000;
  await flush();
  const { from, purchases, perSecond } = await liveOf(pool, 20, now);
  expect(from).toBe('2026-11-27T12:00:00.000Z');
  expect(purchases).toEqual([...new Array<number>(10).fill(1), ...new Array<number>(10).fill(4)]);
  expect(perSecond).toBe(4);
});

test('hours are summed once however often, late minutes come in, and ranges of hours know the minutes since', async () => {
  const traffic = copy('one');
  sell(traffic, 5, approved);
  now = NOON + 30 * 60_000;
  sell(traffic, 5, refused);
  await flush();
  now = NOON + 61 * 60_000;
  expect(await rollUp(pool, now)).toBe(true);
  expect(await rollUp(pool, now)).toBe(true);
  sell(traffic, 2, approved);
  await flush();
  const { points, total } = await trafficOf(pool, '7d', now);
  expect(points.map(({ at, purchases, codes }) => [at, purchases, codes])).toEqual([
    ['2026-11-27T12:00:00.000Z', 10, { '00': 5, '51': 5 }],
    ['2026-11-27T13:00:00.000Z', 2, { '00': 2 }],
  ]);
  expect(total).toMatchObject({ purchases: 12, voucherRials: '490' });
  const late = copy('late');
  now = NOON + 40 * 60_000;
  sell(late, 1, approved);
  await flush();
  now = NOON + 62 * 60_000;
  await rollUp(pool, now);
  expect((await trafficOf(pool, '30d', now)).total.purchases).toBe(13);
});

test('minutes are kept two days, hours a month', async () => {
  const traffic = copy('one');
  sell(traffic, 5, approved);
  await flush();
  now = NOON + 61 * 60_000;
  await rollUp(pool, now);
  now = NOON + 49 * 3_600_000;
  await rollUp(pool, now);
  const count = async () =>
    (await pool.query<{ grain: string }>('select distinct grain from traffic_times order by 1')).rows.map((row) => row.grain);
  expect(await count()).toEqual(['hour']);
  expect((await trafficOf(pool, '7d', now)).total.purchases).toBe(5);
  now = NOON + 33 * 86_400_000;
  await rollUp(pool, now);
  expect(await count()).toEqual([]);
}); // prettier-ignore

test('what the database did not take is written when it is back', async () => {
  let away = true;
  const query = (text: string, values: unknown[]) =>
    away ? Promise.reject(new Error('away')) : pool.query(text, values);
  const traffic = copy('one', { query } as unknown as pg.Pool);
  sell(traffic, 4, approved);
  await expect(traffic.flush()).rejects.toThrow('away');
  now += 120_000;
  sell(traffic, 1, approved);
  away = false;
  await traffic.flush();
  expect((await trafficOf(pool, '15m', now)).total.purchases).toBe(5);
});

test('a copy that is silent is not here', async () => {
  await copy('one').flush();
  now += 20_000;
  await copy('two').flush();
  now += 20_000;
  expect((await copiesOf(pool, now)).map((each) => [each.copy, each.here, each.bankLinks, each.driftMs])).toEqual([
    ['two', true, 2, 3],
    ['one', false, 2, 3],
  ]);
});

test('of two duties at once one does it', async () => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(8583, 790)');
    expect(await rollUp(pool, now)).toBe(false);
    await client.query('rollback');
  } finally {
    client.release();
  }
  expect(await rollUp(pool, now)).toBe(true);
});
