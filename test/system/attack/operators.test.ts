import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { demoPeopleFile } from '../../../src/people/index.ts';
import type { SimulatedTerminal } from '../../../src/simulators/terminal/index.ts';
import { honestPurchase, watched, type Attack } from '../../support/attacker.ts';
import { startSystem, type System } from '../../support/system.ts';

/** Operators' HTTP: who may reach it, what a stranger can cost, what browsers are told. */
let system: System;
let honest: SimulatedTerminal;
let good: string;
const WRONG = 'A'.repeat(43);

beforeAll(async () => {
  system = await startSystem({ KALABARG_HOST: '0.0.0.0' });
  honest = await system.terminal('10000001');
  const tokens = JSON.parse(readFileSync(demoPeopleFile(system.data), 'utf8')) as Record<string, string>;
  good = tokens['demo-maker'] ?? '';
});
afterAll(() => system.stop());

const ask = (path: string, token: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${system.httpPort}${path}`, { headers: { authorization: `Bearer ${token}` } });

async function reach(host: string, setting: string): Promise<string> {
  const socket = connect({ host, port: Number(system.environment[setting]) });
  const attack = watched(socket);
  await Promise.race([new Promise((done) => socket.once('connect', done)), attack.closed]);
  socket.destroy();
  return attack.error() ?? 'reached';
}

test('KALABARG_HOST is for terminals: HTTP and the simulator stay on loopback', async () => {
  expect(await reach('127.0.0.2', 'KALABARG_TERMINAL_PORT')).toBe('reached');
  expect(await reach('127.0.0.2', 'KALABARG_HTTP_PORT')).toBe('ECONNREFUSED');
  expect(await reach('127.0.0.2', 'KALABARG_BANK_PORT')).toBe('ECONNREFUSED');
});

test('the log is readable by its owner only', () => {
  expect(statSync(join(system.data, 'gateway.log')).mode & 0o077).toBe(0);
});

test.each(['/healthz', '/readyz', '/metrics', '/api/v1/breaks', '/nowhere'])(
  '%s carries security headers',
  async (path) => {
    const { headers } = await ask(path, good);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'") as unknown,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  },
);

test('a stranger whose body comes slowly is answered before it, and the connection ends', async () => {
  const socket = connect({ host: '127.0.0.1', port: system.httpPort });
  let said = '';
  const attack: Attack = watched(socket);
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.write(
    `POST /api/v1/breaks/1/comment HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${WRONG}\r\n` +
      'content-type: application/json\r\ncontent-length: 60000\r\n\r\n{"text":"',
  );
  await attack.closed;
  expect(said).toMatch(/^HTTP\/1\.1 401 /);
});

test('wrong tokens are told to wait, the right one is not, and purchases go on', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 60; n++) {
    statuses.push((await ask('/api/v1/breaks', WRONG)).status);
    if (n % 20 === 0) expect((await honestPurchase(honest)).rc).toBe('00');
  }
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(statuses.at(-1)).toBe(429);
  expect((await ask('/api/v1/breaks', good)).status).toBe(200);
});

test('an address that floods is cut off before its requests are looked at, and purchases go on', async () => {
  const flood = Array.from({ length: 1_000 }, () =>
    ask('/api/v1/breaks', WRONG).then(
      ({ status }) => status,
      () => 'cut off',
    ),
  );
  expect((await honestPurchase(honest)).rc).toBe('00');
  const results = new Set(await Promise.all(flood));
  expect(results).toContain('cut off');
  expect(results).not.toContain(200);
  expect((await honestPurchase(honest)).rc).toBe('00');
});
