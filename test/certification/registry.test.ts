import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { CASES, isCertified, reportOf, signReport, type RunState } from '../../src/certification/index.ts';
import { trustKey } from '../../src/certification/registry/index.ts';
import { createHttp } from '../../src/console/http.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool, transaction } from '../../src/ops/database.ts';
import { addActor, loginToken, testPeople } from '../support/people.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { SUBJECT } from './rig.ts';

/** Verdicts over the API, with the rights of the gateway's own role (terminals.md 5). */
const now = Date.now();
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PEM = publicKey.export({ type: 'spki', format: 'pem' }) as string;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let http: FastifyInstance;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined);
  const api = { people: () => testPeople(pool, { now: () => now }), log: pino({ level: 'silent' }) };
  http = createHttp({ registry: new Registry(), clock: systemClock, notReady: () => Promise.resolve([]), api });
  for (const login of ['omid', 'sara'])
    tokens[login] = await loginToken(pool, await addActor(pool, login, ['engineer']), now);
  tokens['guest'] = await loginToken(pool, await addActor(pool, 'guest', ['maker']), now);
});
afterAll(async () => {
  await http.close();
  await pool.end();
  await server.stop();
});

async function call(
  who: string,
  method: string,
  path: string,
  payload?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${tokens[who] ?? ''}` };
  const answer = await http.inject({
    method,
    url: `/api/v1${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  } as InjectOptions);
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

function signed(software: string, verdict: 'passed' | 'failed', key: KeyObject = privateKey): object {
  const result = {
    verdict,
    at: '2026-11-28T06:00:00.000Z',
    attempts: 1,
    findings: [],
    frames: [],
    papers: [],
    lines: [],
  };
  const results = Object.fromEntries(CASES.map(({ id }) => [id, result]));
  const state: RunState = {
    format: 1,
    run: `run of ${software}`,
    startedAt: '2026-11-28T06:00:00.000Z',
    subject: { ...SUBJECT, software },
    results,
  };
  return signReport(reportOf(state, CASES, '1.0.0'), key);
}

const certified = (software: string): Promise<boolean> =>
  isCertified(pool, { model: 'N-910', software, profile: 'native' });
const trust = (name: string, pem = PEM) =>
  transaction(pool, (db) => trustKey(db, { pem, name: 'the laboratory' }, { actor: { id: null, name } }, now));

test('a key is believed when two persons have brought it; then its reports hold at once, once', async () => {
  expect(await call('omid', 'POST', '/certifications/reports', signed('1.4.0', 'passed'))).toMatchObject({
    status: 422,
    body: { code: 'certification.key' },
  });
  await trust('omid');
  expect((await call('omid', 'POST', '/certifications/reports', signed('1.4.0', 'passed'))).status).toBe(422);
  await expect(trust('omid')).rejects.toThrow('another person must bring it too');
  expect(await trust('sara')).toMatchObject({ proposedBy: 'omid', confirmedBy: 'sara' });
  expect(await certified('1.4.0')).toBe(false);
  expect(await call('omid', 'POST', '/certifications/reports', signed('1.4.0', 'passed'))).toMatchObject({
    status: 201,
    body: { verdict: 'passed', inForce: true },
  });
  expect(await certified('1.4.0')).toBe(true);
  expect(await call('sara', 'POST', '/certifications/reports', signed('1.4.0', 'passed'))).toMatchObject({
    status: 409,
    body: { code: 'certification.registered' },
  });
});

test('a report that was changed, or is signed by another, is refused', async () => {
  const changed = JSON.parse(
    JSON.stringify(signed('1.5.0', 'failed')).replace('"verdict":"failed","counts"', '"verdict":"passed","counts"'),
  ) as object;
  expect(await call('omid', 'POST', '/certifications/reports', changed)).toMatchObject({
    status: 422,
    body: { code: 'certification.forged' },
  });
  const other = generateKeyPairSync('ed25519').privateKey;
  expect(await call('omid', 'POST', '/certifications/reports', signed('1.5.0', 'passed', other))).toMatchObject({
    status: 422,
    body: { code: 'certification.key' },
  });
  expect(await call('omid', 'POST', '/certifications/reports', { report: 1, signature: 2 })).toMatchObject({
    status: 422,
    body: { code: 'certification.report' },
  });
  expect(await certified('1.5.0')).toBe(false);
});

test('a failed report takes the certification away; so does whoever revokes a verdict', async () => {
  await call('omid', 'POST', '/certifications/reports', signed('1.6.0', 'passed'));
  expect(await certified('1.6.0')).toBe(true);
  const failed = signed('1.6.0', 'failed');
  const { body } = await call('omid', 'POST', '/certifications/reports', failed);
  expect(await certified('1.6.0')).toBe(false);
  expect(
    await call('omid', 'POST', `/certifications/${String(body['id'])}/revoke`, { reason: 'the laboratory erred' }),
  ).toMatchObject({ status: 200, body: { inForce: false } });
  expect(await certified('1.6.0')).toBe(true);
  expect((await call('omid', 'POST', `/certifications/${String(body['id'])}/revoke`, { reason: 'again' })).status).toBe(
    409,
  );
});

test('without a report two persons say it, never one', async () => {
  const verdict = {
    vendor: 'Other',
    model: 'X-1',
    software: '9',
    profile: 'native',
    verdict: 'passed',
    reason: 'tested by hand',
  };
  expect((await call('guest', 'POST', '/certifications', verdict)).status).toBe(403);
  const { status, body } = await call('omid', 'POST', '/certifications', verdict);
  expect([status, body['inForce']]).toEqual([201, false]);
  const path = `/certifications/${String(body['id'])}/confirm`;
  expect(await call('omid', 'POST', path, {})).toMatchObject({ status: 409, body: { code: 'certification.second' } });
  expect(await isCertified(pool, { model: 'X-1', software: '9', profile: 'native' })).toBe(false);
  expect(await call('sara', 'POST', path, {})).toMatchObject({
    status: 200,
    body: { inForce: true, confirmedBy: 'sara' },
  });
  expect(await isCertified(pool, { model: 'X-1', software: '9', profile: 'native' })).toBe(true);
  expect(await isCertified(pool, { model: 'X-1', software: '9.1', profile: 'native' })).toBe(false);
  expect((await call('sara', 'GET', '/certifications/999999')).status).toBe(404);
  const { body: list } = await call('sara', 'GET', '/certifications?model=X-1&limit=1');
  expect(list['items']).toHaveLength(1);
  await expect(
    pool.query("update certifications set confirmed_by = proposed_by, confirmed_at = now() where model = 'X-1'"),
  ).rejects.toThrow('check constraint');
});
