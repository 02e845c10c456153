import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { certifyGateway } from '../../src/certification/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.stop();
});

test('our own gateway passes every case that a terminal can look at, and its books still hold', async () => {
  const device = await system.connect('10000002');
  const results = await certifyGateway({ device, card: cardOf(7), clock: systemClock });
  expect(results.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(15);
  expect((await system.kalabarg('ledger', 'verify')).status).toBe(0);
});

test.each([
  ['10000004', 'sadad-like', 12],
  ['10000005', 'behpardakht-like', 13], // a card is quoted ten times a minute at most
])('so it does from terminal %s, which speaks %s', async (id, profile, household) => {
  await system.query('update terminals set profile = $2 where terminal_id = $1', [id, profile]);
  const device = await system.connect(id, profile);
  const results = await certifyGateway({ device, card: cardOf(household), clock: systemClock });
  expect(results.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  expect(results).toHaveLength(7); // what only the contract says is not looked at
  expect((await system.kalabarg('ledger', 'verify')).status).toBe(0);
});

test('a terminal that did nothing wrong for a minute is not listed as sick', async () => {
  const { status, stdout } = await system.kalabarg('terminals', 'sick', '--json');
  expect([status, stdout]).toEqual([0, '']);
});
