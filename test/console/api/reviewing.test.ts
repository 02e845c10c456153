import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createHttp } from '../../../src/console/http.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { openPool } from '../../../src/ops/database.ts';
import type { Actor, Role } from '../../../src/people/index.ts';
import { drawSamples, REASON_CODES, type KeptCase } from '../../../src/shops/index.ts';
import { addActor, loginToken, testPeople } from '../../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';
import { acceptedAll, actAs, sentCase, signedTwice, type ShopStaff } from '../../support/shops.ts';

/** The reviewers' desk over the API, with the rights of the gateway's own role. */
const NOW = Date.UTC(2026, 10, 20, 8);
const HOUR = 3_600_000;
let now = NOW;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let owner: pg.Pool;
let http: FastifyInstance;
let staff: ShopStaff;
const actors: Record<string, Actor> = {};
const tokens: Record<string, string> = {};

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 6);
  for (const each of [owner, pool]) each.on('error', () => undefined);
  const people = testPeople(pool, { now: () => now });
  http = createHttp({
    registry: new Registry(),
    clock: systemClock,
    notReady: () => Promise.resolve([]),
    api: { people: () => people, log: pino({ level: 'silent' }) },
  });
  const roles: Record<string, Role[]> = {
    clerk: ['clerk', 'reviewer'],
    sara: ['reviewer'],
    reza: ['reviewer'],
    mina: ['reviewer'],
    hadi: ['auditor'],
  };
  for (const [login, each] of Object.entries(roles)) {
    actors[login] = await addActor(pool, login, each);
    tokens[login] = await loginToken(pool, actors[login], now);
  }
  const { clerk, sara, reza } = actors;
  staff = { clerk, sara, reza, reviewers: [sara, reza] } as unknown as ShopStaff;
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
  readonly body: Record<string, unknown>;
}

async function call(who: string, method: string, path: string, payload?: object, etag?: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${tokens[who] ?? ''}`, ...(etag === undefined ? {} : { 'if-match': etag }) };
  const sent = { method, url: `/api/v1${path}`, headers, ...(payload === undefined ? {} : { payload }) };
  const response = await http.inject(sent as InjectOptions);
  const body = response.body === '' ? {} : (JSON.parse(response.body) as Answer['body']);
  return { status: response.statusCode, etag: String(response.headers['etag']), body };
}

const ids = ({ body }: Answer): string[] => (body['items'] as { id: string }[]).map(({ id }) => id);

/** Everything that is in the way of a test's own queue is decided. */
async function emptyQueue(): Promise<void> {
  await owner.query(
    `update shop_cases set state = 'WITHDRAWN', waits_on = null, waits_until = null where waits_on is not null`,
  );
}

test('the queue gives the oldest due first; what is decided between two pages moves nothing', async () => {
  await emptyQueue();
  const sent: KeptCase[] = [];
  for (const hours of [3, 1, 2, 5, 4]) sent.push(await sentCase(pool, staff, NOW + hours * HOUR));
  const byDue = [1, 2, 0, 4, 3].map((index) => sent[index]?.id);
  now = NOW + 6 * HOUR;
  const all = await call('sara', 'GET', '/cases?waitsOn=reviewer');
  expect(ids(all)).toEqual(byDue);
  const first = await call('sara', 'GET', '/cases?waitsOn=reviewer&limit=2');
  expect(ids(first)).toEqual(byDue.slice(0, 2));
  await owner.query(
    `update shop_cases set state = 'WITHDRAWN', waits_on = null, waits_until = null where case_id = $1`,
    [byDue[0]],
  );
  const second = await call('sara', 'GET', `/cases?waitsOn=reviewer&limit=2&cursor=${String(first.body['next'])}`);
  expect(ids(second)).toEqual(byDue.slice(2, 4));
  const third = await call('sara', 'GET', `/cases?waitsOn=reviewer&limit=2&cursor=${String(second.body['next'])}`);
  expect([ids(third), third.body['next']]).toEqual([byDue.slice(4), null]);
  now = NOW + 51 * HOUR;
  tokens['sara'] = await loginToken(pool, actors['sara'] as Actor, now);
  expect(ids(await call('sara', 'GET', '/cases?overdue=true'))).toEqual(byDue.slice(1, 3));
  expect(ids(await call('sara', 'GET', `/cases?number=${sent[3]?.number ?? ''}`))).toEqual([sent[3]?.id]);
  expect(ids(await call('sara', 'GET', '/cases?waitsOn=reviewer&guild=dairy'))).toEqual([]);
  expect((await call('sara', 'GET', '/cases?cursor=YWZ0ZXIgeA')).status).toBe(400);
  now = NOW;
  for (const login of Object.keys(tokens)) tokens[login] = await loginToken(pool, actors[login] as Actor, now);
});

test('a case that one reviewer has in hand is not worked on by another, until they put it down or two hours have passed', async () => {
  const kept = await sentCase(pool, staff, now);
  const path = `/cases/${kept.id}`;
  expect((await call('clerk', 'POST', `${path}/claim`, {})).status).toBe(409); // who typed it reviews nothing of it
  const both = await Promise.all([
    call('sara', 'POST', `${path}/claim`, {}),
    call('reza', 'POST', `${path}/claim`, {}),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const [mine, other] = both[0].status === 200 ? ['sara', 'reza'] : ['reza', 'sara'];
  expect(ids(await call(mine, 'GET', '/cases?claimed=mine'))).toContain(kept.id);
  expect(ids(await call(other, 'GET', '/cases?claimed=free'))).not.toContain(kept.id);
  const judge = { event: 'accept' };
  const etag = `"${kept.version}"`;
  const refused = await call(other, 'POST', `${path}/items/sheba/judgement`, judge, etag);
  expect(refused).toMatchObject({ status: 409, body: { code: 'shops.claimed' } });
  expect((await call(mine, 'POST', `${path}/items/sheba/judgement`, judge, etag)).status).toBe(200);
  expect((await call(mine, 'POST', `${path}/claim`, { person: actors[other]?.id })).status).toBe(200); // given on
  expect((await call(mine, 'POST', `${path}/claim/release`, {})).status).toBe(409);
  expect((await call(other, 'POST', `${path}/claim/release`, {})).status).toBe(204);
  expect((await call(mine, 'POST', `${path}/claim`, {})).status).toBe(200);
  now = NOW + 2 * HOUR + 1;
  tokens[other] = await loginToken(pool, actors[other] as Actor, now);
  expect((await call(other, 'POST', `${path}/claim`, {})).status).toBe(200);
  now = NOW;
});

test('two reviewers at once: the second is told that the case was changed (412)', async () => {
  const kept = await acceptedAll(pool, staff, await sentCase(pool, staff, now), now);
  const sign = (who: string): Promise<Answer> =>
    call(who, 'POST', `/cases/${kept.id}/reviews`, { verdict: 'approve' }, `"${kept.version}"`);
  const both = await Promise.all([sign('sara'), sign('reza')]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
});

test('what changed since the version before is shown field by field, with why it was asked again', async () => {
  let kept = await sentCase(pool, staff, now);
  kept = await actAs(
    pool,
    staff.reviewers[0],
    kept,
    { kind: 'judge', code: 'address', event: 'ask', reason: 'address_differs', note: 'پلاک' },
    now,
  );
  const value = { postalCode: '1435768990', text: 'تهران، خیابان فاطمی، پلاک ۱۲' };
  kept = await actAs(pool, staff.clerk, kept, { kind: 'fill', code: 'address', value }, now);
  const desk = await call('sara', 'GET', `/cases/${kept.id}/desk`);
  expect(desk).toMatchObject({ status: 200, body: { claim: null, papers: [] } });
  expect(desk.body['differences']).toEqual([
    {
      code: 'address',
      version: 2,
      fields: [{ field: 'text', before: 'تهران، خیابان فاطمی', after: 'تهران، خیابان فاطمی، پلاک ۱۲' }],
      reason: 'address_differs',
      note: 'پلاک',
    },
  ]);
  const relations = desk.body['relations'] as { item: string; why: { en: string } }[];
  expect(relations).toContainEqual(
    expect.objectContaining({
      item: 'sheba',
      why: { fa: 'شبا یکی است', en: 'the same Sheba' },
      ...{ party: null, because: null, decision: null },
    }),
  );
  expect((await call('hadi', 'GET', `/cases/${kept.id}/desk`)).status).toBe(403);
});

test('comments are added, stay as they are, and only reviewers read them', async () => {
  const kept = await sentCase(pool, staff, now);
  const path = `/cases/${kept.id}/comments`;
  expect((await call('sara', 'POST', path, { text: 'تلفن زدم؛ پاسخ نداد' })).status).toBe(201);
  expect((await call('reza', 'POST', path, { text: ' \n' })).status).toBe(409);
  const found = await call('reza', 'GET', path);
  expect(found.body['items']).toMatchObject([{ name: 'sara', text: 'تلفن زدم؛ پاسخ نداد' }]);
  expect((await call('hadi', 'GET', path)).status).toBe(403);
  await expect(pool.query('update case_comments set text = $1', ['x'])).rejects.toThrow('permission denied');
  await expect(pool.query('delete from case_comments')).rejects.toThrow('permission denied');
});

test('the words of each reason are dated, in both languages, with what helps', async () => {
  const { body } = await call('clerk', 'GET', '/reason-templates');
  const items = body['items'] as { code: string; fa: string; remedyFa: string }[];
  expect(items.map(({ code }) => code).sort()).toEqual([...REASON_CODES].sort());
  for (const { fa, remedyFa } of items) expect(fa + remedyFa).toMatch(/[آ-ی]/);
});

test('one decided case in twenty is looked at once more, by somebody who is not told, and changes nothing', async () => {
  await emptyQueue();
  const decided = await signedTwice(
    pool,
    staff,
    await acceptedAll(pool, staff, await sentCase(pool, staff, now), now),
    now,
  );
  expect(await drawSamples(pool, { fraction: () => 0.05 }, now)).toBe(0);
  await owner.query('delete from review_samples');
  expect(await drawSamples(pool, { fraction: () => 0.049 }, now)).toBeGreaterThan(0);
  expect(await drawSamples(pool, { fraction: () => 0 }, now)).toBe(0); // each case is drawn once
  await owner.query('update review_samples set drawn = false where case_id <> $1', [decided.id]);

  expect(ids(await call('sara', 'GET', '/cases?waitsOn=reviewer'))).toEqual([]); // who signed it
  expect(ids(await call('clerk', 'GET', '/cases?waitsOn=reviewer'))).toEqual([]); // who typed it
  const list = await call('mina', 'GET', '/cases?waitsOn=reviewer');
  expect(list.body['items']).toMatchObject([{ id: decided.id, state: 'REVIEW_2', waitsOn: 'reviewer' }]);
  const read = await call('mina', 'GET', `/cases/${decided.id}`);
  expect(read.body).toMatchObject({
    state: 'REVIEW_2',
    waiting: { on: 'reviewer' },
    reviews: [{ person: actors['sara']?.id }],
  });
  expect(read.body['merchant']).toBeUndefined();
  expect((await call('hadi', 'GET', `/cases/${decided.id}`)).body['state']).toBe('APPROVED');

  const stale = await call('mina', 'POST', `/cases/${decided.id}/reviews`, { verdict: 'approve' }, '"1"');
  expect(stale.status).toBe(412);
  const said = await call('mina', 'POST', `/cases/${decided.id}/reviews`, { verdict: 'approve' }, read.etag);
  expect(said).toMatchObject({ status: 200, body: { state: 'APPROVED' } });
  expect(await call('hadi', 'GET', '/review-agreement')).toMatchObject({
    body: { looks: 1, agreed: 1, rate: 1, waiting: 0 },
  });
  const { rows } = await owner.query('select count(*)::int as signed from shop_reviews where case_id = $1', [
    decided.id,
  ]);
  expect(rows).toEqual([{ signed: 2 }]);
  expect((await call('sara', 'GET', '/review-agreement')).status).toBe(403);
});

test('one more reviewer who asks for an item again disagrees; the case stays decided', async () => {
  const decided = await signedTwice(
    pool,
    staff,
    await acceptedAll(pool, staff, await sentCase(pool, staff, now), now),
    now,
  );
  await drawSamples(pool, { fraction: () => 0 }, now);
  const read = await call('mina', 'GET', `/cases/${decided.id}`);
  const ask = { event: 'ask', reason: 'not_readable' };
  const said = await call('mina', 'POST', `/cases/${decided.id}/items/sheba/judgement`, ask, read.etag);
  expect(said).toMatchObject({ status: 200, body: { state: 'RETURNED' } });
  expect((await call('hadi', 'GET', `/cases/${decided.id}`)).body['state']).toBe('APPROVED');
  expect(await call('hadi', 'GET', '/review-agreement')).toMatchObject({ body: { looks: 2, agreed: 1, rate: 0.5 } });
  const forged = pool.query(`update review_samples set person_id = $2 where case_id = $1`, [
    decided.id,
    actors['sara']?.id,
  ]);
  await expect(forged).rejects.toThrow('has signed or typed');
});
