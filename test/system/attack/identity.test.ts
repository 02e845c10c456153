import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer, SimulatedTerminal } from '../../../src/simulators/terminal/index.ts';
import { honestPurchase, logLines, metric, until } from '../../support/attacker.ts';
import { cardOf, startSystem, type System } from '../../support/system.ts';

/** Two devices with one certificate, and requests that may not be made. */
let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const inquiry = (terminal: SimulatedTerminal): Promise<Answer> => terminal.financial('379800', 0n, cardOf(7, null));

test('a device whose keys others replaced is told 76 under its own keys, signs on, and goes on; somebody is told', async () => {
  const first = await system.terminal('10000003');
  const second = await system.terminal('10000003');
  await second.signOn();
  const told = await inquiry(first);
  expect([told.rc, told.macGood]).toEqual(['76', true]);
  await first.signOn(); // the simulator drops what is honoured no longer
  expect((await honestPurchase(first)).rc).toBe('00');
  expect(await metric(system, 'kalabarg_superseded_keys_total{terminal="10000003"')).toBeGreaterThanOrEqual(1);
  expect(await metric(system, 'kalabarg_wrong_macs_total{terminal="10000003"')).toBe(0);
  await until(() =>
    logLines(system).some(({ msg, terminal }) => /^ALARM keys/.test(String(msg)) && terminal === '10000003'),
  );
});

test('keys further back than are remembered are a wrong MAC, and sign-on brings new ones', async () => {
  const first = await system.terminal('10000004');
  const second = await system.terminal('10000004');
  for (let n = 0; n < 4; n++) await second.signOn();
  expect((await inquiry(first)).rc).toBe('63');
  await first.signOn();
  expect((await inquiry(first)).rc).toBe('00');
});

test('the log says why a request got 58', async () => {
  const terminal = await system.terminal('10000001');
  expect((await terminal.financial('379800', 0n, cardOf(7, null), { 41: '10000002' })).rc).toBe('58');
  const said = /DE 41/;
  await until(() =>
    logLines(system).some(({ why, terminal: whose }) => said.test(String(why)) && whose === '10000001'),
  );
});
