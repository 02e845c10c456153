import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startSystem, type System } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.stop();
});

test('npm start signs in two people, and commands act as the one whose the act is, and say so', async () => {
  const list = await system.kalabarg('people', 'list');
  expect(list).toMatchObject({
    status: 0,
    stderr: 'As demo-checker, whom npm start signed in: a person of the demo.\n',
  });
  expect(list.stdout).toContain('demo-maker');
  const file = join(system.data, 'secrets', 'demo-people.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const tokens = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  expect(Object.keys(tokens)).toEqual(['demo-maker', 'demo-checker']);
  const me = await api('/me', tokens['demo-maker']);
  expect(me).toMatchObject({ status: 200, body: { person: { login: 'demo-maker' }, signedInBy: 'demo' } });
});

test.each([
  ['updates', 'approve', '9'],
  ['updates', 'rollout', 'release', '9'],
  ['terminals', 'minimum', 'approve', '9'],
])('of what both may do, the demo’s second person approves: %s %s', async (...words) => {
  const { status, stderr } = await system.kalabarg(...words);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^As demo-checker,/);
});

test('the running gateway serves the API to who is signed in, and its document to all', async () => {
  expect(await api('/me')).toMatchObject({ status: 401, body: { code: 'sign-in.none' } });
  expect(await api('/openapi.json')).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
  expect(await api('/nothing')).toMatchObject({ status: 404, body: { code: 'api.unknown' } });
});

async function api(path: string, token?: string): Promise<{ status: number; body: unknown }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${system.httpPort}/api/v1${path}`, { headers });
  return { status: answer.status, body: await answer.json() };
}
