import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHttp } from '../../../src/console/http.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import type { Role } from '../../../src/people/index.ts';
import { runSignals } from '../../../src/signals/index.ts';
import { closeDays, merchantOf, openShops, sell } from '../../signals/support/books.ts';
import { addActor, loginToken, testPeople } from '../../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';

/** From a rule that is off to a signal that is dismissed, over the API, with the rights of the gateway's own role. */
let now = Date.UTC(2026, 10, 21, 8);
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let http: FastifyInstance;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  const people = testPeople(pool, { now: () => now });
  const api = { people: () => people, log: pino({ level: 'silent' }) };
  http = createHttp({ registry: new Registry(), clock: systemClock, notReady: () => Promise.resolve([]), api });
  const roles: Record<string, Role[]> = { clerk: ['clerk'], sara: ['reviewer'], reza: ['support'], guest: ['maker'] };
  for (const [login, each] of Object.entries(roles))
    tokens[login] = await loginToken(pool, await addActor(pool, login, each), now);
  await openShops(owner, [
    { shop: 1, guild: 'supermarket' },
    { shop: 2, guild: 'supermarket' },
  ]);
  await closeDays(owner, '2026-11-20', 2, new Date(now - 3_600_000));
  await sell(
    owner,
    ['2026-11-20', '2026-11-21'].flatMap((day) =>
      Array.from({ length: 7 }, (_, n) => ({
        ...{ day, shop: 1, household: 'one', second: 36_000 + n * 60, total: 900_000 + n * 1_000, codes: ['00'] },
      })),
    ),
  );
});
afterAll(async () => {
  await http.close();
  await pool.end();
  await owner.end();
  await server.stop();
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly body: Record<string, unknown> & { items: Record<string, unknown>[] };
}

async function call(who: string, method: string, path: string, payload?: object, etag?: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${tokens[who] ?? ''}`, ...(etag === undefined ? {} : { 'if-match': etag }) };
  const request = { method, url: `/api/v1${path}`, headers, ...(payload === undefined ? {} : { payload }) };
  const response = await http.inject(request as InjectOptions);
  return {
    status: response.statusCode,
    etag: String(response.headers['etag']),
    body: JSON.parse(response.body) as Answer['body'],
  };
}

const VERSION = '/signal-rules/split-purchases/versions/1';

test('a rule is tried, signed by two persons, and then looks at the next days', async () => {
  const refused = await call('sara', 'POST', `${VERSION}/signatures`, {});
  expect([refused.status, refused.body['code']]).toEqual([409, 'signals.refused']);
  const trial = await call('sara', 'POST', `${VERSION}/trials`, { from: '2026-11-01', to: '2026-11-30' });
  expect(trial.body).toMatchObject({ days: 2, shops: 1, purchases: 14, rials: '12642000', currency: 'IRR' });
  expect(trial.body['list']).toMatchObject([{ merchant: merchantOf(1), days: 2, purchases: 14 }]);
  expect((await call('sara', 'POST', `${VERSION}/signatures`, {})).body).toMatchObject({ firstDay: null });
  expect((await call('sara', 'POST', `${VERSION}/signatures`, {})).status).toBe(409);
  expect((await call('reza', 'POST', `${VERSION}/signatures`, {})).body).toMatchObject({ firstDay: '2026-11-21' });
  expect(await runSignals(pool, { now })).toMatchObject({ raised: 0 }); // closed an hour ago: the night has not come
  now += 2 * 3_600_000;
  expect(await runSignals(pool, { now })).toMatchObject({ raised: 1, failures: [] });
});

test('a person looks at a signal with its evidence, and dismisses it', async () => {
  const { body } = await call('clerk', 'GET', '/signals?state=waiting');
  expect(body.items).toMatchObject([
    { rule: 'split-purchases', merchant: merchantOf(1), day: '2026-11-21', purchases: 7 },
  ]);
  const path = `/signals/${String(body.items[0]?.['id'])}`;
  const read = await call('clerk', 'GET', path);
  expect(read.body).toMatchObject({ figures: { households: 1, most: 7 }, thresholds: { purchases: 6 }, state: 'open' });
  expect(read.body['rrns']).toHaveLength(7);
  expect((await call('sara', 'POST', `${path}/look`, {})).status).toBe(428);
  const looked = await call('sara', 'POST', `${path}/look`, {}, read.etag);
  expect(looked.body).toMatchObject({ state: 'looked_at', version: 2 });
  expect((await call('reza', 'POST', `${path}/dismissal`, { reason: 'a feast in the mosque' }, read.etag)).status).toBe(
    412,
  );
  expect((await call('reza', 'POST', `${path}/dismissal`, { reason: 'short' }, looked.etag)).status).toBe(400);
  const done = await call('reza', 'POST', `${path}/dismissal`, { reason: 'a feast in the mosque' }, looked.etag);
  expect(done.body).toMatchObject({ state: 'dismissed', reason: 'a feast in the mosque' });
  const rules = await call('clerk', 'GET', '/signal-rules');
  expect(rules.body.items.find((each) => each['rule'] === 'split-purchases')).toMatchObject({
    precision: { raised: 1, dismissed: 1, percent: 0 },
    lastTrial: { days: 2, shops: 1 },
  });
});

test('another is a violation, which stands in the record of the shop with its transactions, once', async () => {
  await owner.query(`insert into signals (rule_id, rule_version, business_day, merchant_id, purchases, rials, figures, rrns, raised_at)
    values ('same-tail', 1, '2026-11-21', '${merchantOf(1)}', 2, 5, '{}', '{000000000001,000000000002}', now())`);
  const { body } = await call('sara', 'GET', '/signals?state=open');
  const path = `/signals/${String(body.items[0]?.['id'])}`;
  const { etag } = await call('sara', 'POST', `${path}/look`, {}, (await call('sara', 'GET', path)).etag);
  const unknown = await call(
    'sara',
    'POST',
    `${path}/violation`,
    { kind: 'nothing', reason: 'amounts without baskets' },
    etag,
  );
  expect([unknown.status, unknown.body['code']]).toEqual([422, 'shops.kind']);
  const { rows } = await owner.query<{ kind: string }>(
    `select k ->> 'code' as kind from shop_sanctions, jsonb_array_elements(rules -> 'kinds') k limit 1`,
  );
  const kind = rows[0]?.kind ?? '';
  const done = await call('sara', 'POST', `${path}/violation`, { kind, reason: 'amounts without baskets' }, etag);
  expect(done.body).toMatchObject({ state: 'violation', violation: kind });
  const record = await owner.query('select kind, signal, evidence from shop_violations');
  expect(record.rows).toEqual([{ kind, signal: path.split('/').at(-1), evidence: ['000000000001', '000000000002'] }]);
  expect(
    (await call('sara', 'POST', `${path}/violation`, { kind, reason: 'amounts without baskets' }, done.etag)).status,
  ).toBe(409);
});

test('who may not is refused, and what is wrong is named', async () => {
  expect((await call('guest', 'GET', '/signals')).status).toBe(403);
  expect((await call('clerk', 'POST', `${VERSION}/trials`, { from: '2026-11-01', to: '2026-11-02' })).status).toBe(403);
  const trial = (from: string, to: string) => call('sara', 'POST', `${VERSION}/trials`, { from, to });
  for (const [from, to] of [
    ['2026-11-21', '2026-11-20'],
    ['2026-01-01', '2026-11-20'],
    ['2026-01-01', '2026-01-20'],
  ] as const)
    expect((await trial(from, to)).body).toMatchObject({ code: 'signals.days', status: 422 });
  expect((await trial('2026-11-31', '2026-12-01')).body).toMatchObject({ status: 400, errors: [{ pointer: '/from' }] });
  const version = { validFrom: '2026-12-01', enabled: true, reason: 'a rule that is stricter' };
  const wrong = await call('sara', 'POST', '/signal-rules/same-tail/versions', {
    ...version,
    thresholds: { digits: 99 },
  });
  expect(wrong.body).toMatchObject({ code: 'signals.thresholds' });
  expect(String(wrong.body['detail'])).toContain('digits');
  expect((await call('sara', 'GET', '/signals/999')).status).toBe(404);
  expect(
    (await call('sara', 'POST', '/signal-rules/constructor/versions', { ...version, thresholds: {} })).status,
  ).toBe(400);
});
