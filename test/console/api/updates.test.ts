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
import { stageRelease, wholeMenu } from '../../../src/updates/index.ts';
import { addActor, loginToken, testPeople } from '../../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../../support/postgres.ts';

/** A release and its rollout over the API, with the rights of the gateway's own role. */
const now = Date.UTC(2026, 10, 27, 8);
let server: EmbeddedPostgres;
let pool: pg.Pool;
let http: FastifyInstance;
let release: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 6);
  pool.on('error', () => undefined);
  const people = testPeople(pool, { now: () => now });
  const api = { people: () => people, log: pino({ level: 'silent' }) };
  http = createHttp({ registry: new Registry(), clock: systemClock, notReady: () => Promise.resolve([]), api });
  const roles: Record<string, Role[]> = { ali: ['engineer'], sara: ['engineer'], reza: ['support'], guest: ['maker'] };
  const actors: Record<string, { id: string; name: string }> = {};
  for (const [login, each] of Object.entries(roles)) {
    actors[login] = await addActor(pool, login, each);
    tokens[login] = await loginToken(pool, actors[login], now);
  }
  const wanted = { component: 'menu' as const, profile: 'native', content: wholeMenu(), textFa: 'x', textEn: 'x' };
  release = (await stageRelease(pool, wanted, { actor: actors['ali']! }, now)).id;
});
afterAll(async () => {
  await http.close();
  await pool.end();
  await server.stop();
});

async function call(who: string, method: string, path: string, payload?: object, etag?: string) {
  const headers = { authorization: `Bearer ${tokens[who] ?? ''}`, ...(etag === undefined ? {} : { 'if-match': etag }) };
  const request = { method, url: `/api/v1/updates${path}`, headers, ...(payload === undefined ? {} : { payload }) };
  const response = await http.inject(request as InjectOptions);
  const body = JSON.parse(response.body) as Record<string, unknown>;
  return { status: response.statusCode, etag: String(response.headers['etag']), body };
}

test('a release is approved by another person, and by one who may', async () => {
  const approval = `/releases/${release}/approval`;
  expect((await call('guest', 'POST', approval, {})).status).toBe(403);
  expect((await call('ali', 'POST', approval, {})).body).toMatchObject({ code: 'updates.same-person' });
  expect((await call('sara', 'POST', approval, {})).body).toMatchObject({
    state: 'approved',
    certified: null,
    stagedBy: 'ali',
    approvedBy: 'sara',
  });
  expect((await call('reza', 'GET', '/releases')).body).toMatchObject({
    items: [{ id: release, counter: 1 }],
    next: null,
  });
  expect((await call('reza', 'GET', '/releases/999')).body).toMatchObject({ code: 'updates.unknown' });
});

test('what is not published is not rolled out', async () => {
  expect((await call('ali', 'POST', '/rollouts', { releaseId: release, plan: { own: ['10000001'] } })).status).toBe(
    409,
  );
});

test('a rollout is proposed, released by another, stopped by one, and goes on with two', async () => {
  await pool.query('update update_releases set published_at = now()');
  expect((await call('ali', 'POST', '/rollouts', { releaseId: release, plan: {} })).status).toBe(422);
  const proposed = await call('ali', 'POST', '/rollouts', { releaseId: release, plan: { own: ['10000001'] } });
  expect(proposed).toMatchObject({ status: 201, body: { state: 'proposed', plan: { percents: [1, 10, 50, 100] } } });
  const path = `/rollouts/${String(proposed.body['id'])}`;
  // the second person looks at it before they release it
  expect(await call('reza', 'GET', path)).toMatchObject({ status: 200, body: { state: 'proposed', closedDays: 0 } });
  expect((await call('sara', 'POST', `${path}/release`, {})).status).toBe(428);
  expect((await call('ali', 'POST', `${path}/release`, {}, proposed.etag)).status).toBe(409);
  expect((await call('sara', 'POST', `${path}/release`, {}, proposed.etag)).body).toMatchObject({ state: 'running' });
  expect((await call('sara', 'POST', `${path}/end`, {}, proposed.etag)).status).toBe(412);
  const seen = await call('reza', 'GET', path);
  expect(seen.body).toMatchObject({
    next: 'wait',
    devices: { confirmed: 0 },
    why: expect.arrayContaining(['the step has no device']),
  });
  const halted = await call('reza', 'POST', `${path}/halt`, { reason: 'it smokes' });
  expect(halted.body).toMatchObject({ state: 'halted', haltedBy: 'reza', haltReason: 'it smokes' });
  const again = await call('ali', 'POST', `${path}/again`, {}, halted.etag);
  expect(again.body).toMatchObject({ state: 'proposed', haltedBy: null });
  expect((await call('sara', 'POST', `${path}/release`, {}, again.etag)).body).toMatchObject({ state: 'running' });
  const { body } = await call('reza', 'GET', path);
  expect((body['events'] as { what: string }[]).map(({ what }) => what)).toEqual([
    'proposed',
    'released',
    'halted',
    'proposed',
    'released',
  ]);
});

test('the state of everything is one question', async () => {
  expect((await call('reza', 'GET', '')).body).toMatchObject({ metadata: [], frozen: null });
  expect((await call('reza', 'GET', '/replacements')).body).toEqual({ items: [], next: null });
  expect((await call('guest', 'GET', '')).status).toBe(403);
});

test('one person freezes, one who may approve ends it, and everybody sees it', async () => {
  const [from, until] = ['2026-11-27T00:00:00Z', '2026-11-29T20:30:00Z'];
  const wanted = { from, until, reason: 'the bank moves' };
  expect((await call('guest', 'POST', '/freezes', wanted)).status).toBe(403);
  for (const wrong of [
    { until },
    { from, reason: 'x' },
    { ...wanted, until: 'tomorrow' },
    { ...wanted, reason: '' },
    { ...wanted, more: 1 },
  ])
    expect((await call('reza', 'POST', '/freezes', wrong)).status).toBe(400);
  expect((await call('reza', 'POST', '/freezes', { ...wanted, until: from })).body).toMatchObject({
    status: 422,
    code: 'updates.freeze',
  });
  const made = await call('reza', 'POST', '/freezes', wanted);
  expect(made).toMatchObject({ status: 201, body: { madeBy: 'reza', until: '2026-11-29T20:30:00Z', state: 'now' } });
  expect((await call('ali', 'GET', '')).body).toMatchObject({ frozen: { reason: 'the bank moves' } });
  const end = `/freezes/${String(made.body['id'])}/end`;
  expect((await call('reza', 'POST', end, {})).status).toBe(403);
  expect((await call('ali', 'POST', end, {})).body).toMatchObject({ state: 'ended', endedAt: expect.any(String) });
  expect((await call('ali', 'POST', end, {})).body).toMatchObject({ code: 'updates.refused' });
  expect((await call('ali', 'GET', '')).body).toMatchObject({ frozen: null });
  expect((await call('reza', 'GET', '/freezes?limit=1')).body).toMatchObject({
    items: [{ state: 'ended' }],
    next: null,
  });
  expect((await call('ali', 'POST', '/freezes/999/end', {})).body).toMatchObject({ code: 'updates.unknown' });
});

test('a minimum version is proposed by one, approved by another, seen with its terminals, and ended', async () => {
  const wanted = { releaseId: release, from: '2027-01-20', reason: 'a hole' };
  expect((await call('reza', 'POST', '/minimums', wanted)).status).toBe(403);
  expect((await call('ali', 'POST', '/minimums', { ...wanted, from: '2026-12-01' })).body).toMatchObject({ code: 'updates.minimum' }); // prettier-ignore
  const proposed = await call('ali', 'POST', '/minimums', wanted);
  expect(proposed).toMatchObject({ status: 201, body: { state: 'proposed', noticeDays: 30, psps: null } });
  const at = `/minimums/${String(proposed.body['id'])}`;
  expect((await call('sara', 'POST', `${at}/approval`, {})).body).toMatchObject({ code: 'updates.minimum' }); // nothing is rolled out
  await pool.query(`update update_rollouts set state = 'done', step_since = coalesce(step_since, now()), halted_at = null where state <> 'ended'`); // prettier-ignore
  expect((await call('ali', 'POST', `${at}/approval`, {})).body).toMatchObject({ code: 'updates.same-person' });
  expect((await call('sara', 'POST', `${at}/approval`, {})).body).toMatchObject({
    state: 'notice',
    approvedBy: 'sara',
  });
  const none = { enough: 0, told: 0, refused: 0, exempt: 0, unreachable: 0, unknown: 0 };
  expect((await call('reza', 'GET', at)).body).toMatchObject({ path: 'menu/native-1.json', terminals: none });
  expect((await call('reza', 'GET', `${at}/terminals?standing=refused`)).body).toEqual({ items: [], next: null });
  expect((await call('reza', 'GET', '/minimums')).body).toMatchObject({ items: [{ state: 'notice' }] });
  expect((await call('reza', 'POST', `${at}/end`, { reason: 'it was wrong' })).body).toMatchObject({ state: 'ended' });
});

test('an exemption is of somebody, until a day', async () => {
  const wanted = { model: 'PX 100', until: '2027-02-01', reason: 'a new device comes' };
  expect((await call('sara', 'POST', '/exemptions', { ...wanted, terminal: '10000001' })).status).toBe(422);
  expect((await call('sara', 'POST', '/exemptions', { ...wanted, model: undefined, terminal: '99999999' })).body).toMatchObject({ code: 'updates.exemption' }); // prettier-ignore
  const made = await call('sara', 'POST', '/exemptions', wanted);
  expect(made).toMatchObject({ status: 201, body: { state: 'holds', model: 'PX 100', until: '2027-01-31T20:30:00Z' } });
  const end = `/exemptions/${String(made.body['id'])}/end`;
  expect((await call('reza', 'POST', end, { reason: 'it came early' })).body).toMatchObject({ state: 'ended' });
  expect((await call('reza', 'GET', '/exemptions')).body).toMatchObject({ items: [{ state: 'ended' }], next: null });
});
