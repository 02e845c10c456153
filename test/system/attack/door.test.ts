import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SimulatedTerminal } from '../../../src/simulators/terminal/index.ts';
import { dial, dialTls, honestPurchase, logLines, metric, until, type Attack } from '../../support/attacker.ts';
import { startSystem, type System } from '../../support/system.ts';

/** Sockets: those that stall, those that come in floods, those of one certificate (limits small, so that the test is). */
let system: System;
let honest: SimulatedTerminal;
const open: Attack[] = [];

beforeAll(async () => {
  system = await startSystem({
    KALABARG_HANDSHAKE_TIMEOUT_MS: '1500',
    KALABARG_MAX_HANDSHAKES: '60',
    KALABARG_MAX_HANDSHAKES_PER_ADDRESS: '40',
    KALABARG_MAX_CONNECTIONS_PER_ADDRESS: '100',
    KALABARG_MAX_CONNECTIONS_PER_TERMINAL: '4',
    KALABARG_MAX_CONNECTIONS: '12',
  });
  honest = await system.terminal('10000001');
});
afterAll(async () => {
  for (const { socket } of open) socket.destroy();
  await system.stop();
});

/** Dials `count` times, and keeps the sockets until the end. */
async function flood(count: number, one: () => Promise<Attack>): Promise<Attack[]> {
  const attacks = await Promise.all(Array.from({ length: count }, one));
  open.push(...attacks);
  return attacks;
}

const others = (): Promise<number> => metric(system, 'kalabarg_terminal_sockets').then((all) => all - 1);

test.each([
  ['that say nothing', Buffer.alloc(0)],
  ['that begin a handshake and go no further', Buffer.from([0x16, 3, 1, 2, 0, 1])],
])('connections %s are closed when their time is over, and gone from the gauge', async (_name, bytes) => {
  const stalled = await flood(20, () => dial(system));
  for (const { socket } of stalled) if (bytes.length > 0) socket.write(bytes);
  await until(async () => (await others()) === 20);
  const before = await metric(system, 'kalabarg_refused_connections_total{reason="handshake-timeout"');
  await Promise.all(stalled.map(({ closed }) => closed));
  await until(async () => (await others()) === 0);
  expect(await metric(system, 'kalabarg_refused_connections_total{reason="handshake-timeout"')).toBe(before + 20);
  expect((await honestPurchase(honest)).rc).toBe('00');
});

test('a flood of stalled connections displaces its own oldest, and new terminals get in beside it', async () => {
  const stalled = await flood(90, () => dial(system));
  const fresh = await system.terminal('10000002');
  expect((await honestPurchase(fresh)).rc).toBe('00');
  fresh.close();
  await until(() => stalled.filter(({ isClosed }) => isClosed()).length >= 50);
  expect(await metric(system, 'kalabarg_refused_connections_total{reason="displaced"')).toBeGreaterThanOrEqual(50);
  await Promise.all(stalled.map(({ closed }) => closed));
});

test('who fills the handshakes from many addresses takes none from an address that has few', async () => {
  const attackers = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
  const own = await flood(5, () => dial(system, '127.0.0.9'));
  const stalled = (await Promise.all(attackers.map((address) => flood(30, () => dial(system, address))))).flat();
  await until(() => stalled.filter(({ isClosed }) => isClosed()).length >= 35);
  expect(own.filter(({ isClosed }) => isClosed())).toHaveLength(0);
  await Promise.all([...stalled, ...own].map(({ closed }) => closed));
});

test('one certificate has as many connections as it may: the one used least lately gives way', async () => {
  const first = await flood(4, () => dialTls(system, '10000003'));
  const more = await flood(3, () => dialTls(system, '10000003'));
  await until(() => [...first, ...more].filter(({ isClosed }) => isClosed()).length === 3);
  expect(await metric(system, 'kalabarg_terminal_connections')).toBe(5);
  expect(await metric(system, 'kalabarg_refused_connections_total{reason="terminal-full"')).toBe(3);
  expect((await honestPurchase(honest)).rc).toBe('00');
});

test('when all places are taken, a terminal that has none displaces one of whoever has most', async () => {
  await flood(4, () => dialTls(system, '10000004'));
  await flood(3, () => dialTls(system, '10000005'));
  await until(async () => (await metric(system, 'kalabarg_terminal_connections')) === 12);
  const late = await system.terminal('10000006');
  expect((await honestPurchase(late)).rc).toBe('00');
  expect(await metric(system, 'kalabarg_terminal_connections')).toBe(12);
  expect(await metric(system, 'kalabarg_refused_connections_total{reason="full"')).toBe(1);
  late.close();
  for (const { socket } of open) socket.destroy();
  await until(async () => (await others()) === 0);
});

test('health answers all the while, and the log says whom it was and why', async () => {
  expect((await fetch(`http://127.0.0.1:${system.httpPort}/healthz`)).status).toBe(200);
  const lines = logLines(system).filter(({ msg }) => msg === 'connection closed');
  expect(new Set(lines.map(({ reason }) => reason))).toContain('the handshake was not done in time');
  expect(lines.every(({ remote }) => /^127\.0\.0\.\d:\d+$/.test(String(remote)))).toBe(true);
});
