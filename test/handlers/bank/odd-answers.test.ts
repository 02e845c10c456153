import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { openBank, type Bank } from '../../../src/handlers/bank/index.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { loadConfig } from '../../../src/ops/config.ts';
import { demoPan } from '../../../src/demo/programme.ts';
import { createMetrics, type Metrics } from '../../../src/ops/metrics.ts';
import { hsmWithZmk, silentLog, until } from '../../net/link/support/bench.ts';
import { openOddBank, type Odd, type OddBank } from '../../net/link/support/odd-bank.ts';
import { nextLeg } from './support/legs.ts';

/** Far beyond what an answer takes: a leg that lasts as long has waited in vain. */
const PATIENCE_MS = 30_000;

let odd: OddBank;
let bank: Bank;
let metrics: Metrics;

beforeAll(async () => {
  odd = await openOddBank();
  metrics = createMetrics();
  const ledger: Partial<Ledger> = {
    claimAdvices: () => Promise.resolve([]),
    claimStranded: () => Promise.resolve([]),
  };
  bank = openBank({
    config: loadConfig({ KALABARG_BANK_PORT: String(odd.port), KALABARG_BANK_TIMEOUT_MS: String(PATIENCE_MS) }),
    ledger: ledger as Ledger,
    doubts: { count: () => Promise.resolve([]) },
    ...(await hsmWithZmk()),
    clock: systemClock,
    log: silentLog,
    metrics,
  });
  await until(() => bank.ready());
});
afterAll(async () => {
  await bank.close();
  await odd.close();
});
afterEach(() => {
  odd.answers = {};
  odd.bend = undefined;
});

function leg(forward = false) {
  const pan = demoPan(7);
  const request = {
    leg: nextLeg(),
    rrn: '632712000001',
    terminal: '10000001',
    merchant: '000000000000001',
    localTime: '120000',
    localDate: '1123',
    posEntryMode: '071',
    card: { pan, track2: undefined, expiry: undefined },
    emv: undefined,
    pin: undefined,
    deadlineAt: Date.now() + PATIENCE_MS,
  };
  return forward ? bank.forward(request, '000000', 1_000n) : bank.cardLeg(request, 1_000n, 2_000n);
}

test.each<[what: string, de: number, value: string]>([
  ['DE 48 that is no TLV', 48, 'HELLO WORLD'],
  ['DE 48 whose tag comes twice', 48, '1300113001x'],
  ['DE 55 that is no TLV', 55, '\u009f\u0026'],
  ['a control byte in DE 60', 60, 'A\u0007B'],
  ['DE 54 beyond its length', 54, '0'.repeat(140)],
  ['a control byte in DE 44', 44, '\u0000'],
  ['a masked DE 2', 2, demoPan(7).replace(/^(\d{6})\d+(\d{4})$/, '$1******$2')],
  ['a DE 2 masked with X', 2, demoPan(7).replace(/^(\d{6})\d+(\d{4})$/, '$1XXXXXX$2')],
  ['a special character in DE 38', 38, '12-4:6'],
])('%s costs no sale: it is passed over, and counted', async (_, de, value) => {
  odd.answers = { [de]: value };
  const before = await count(de);
  expect(await leg()).toEqual({ kind: 'approved', authCode: de === 38 ? '000001' : '123456' });
  expect(await count(de)).toBe(before + 1);
});

async function count(de: number): Promise<number> {
  const found = new RegExp(`kalabarg_bank_odd_elements_total\\{element="${de}"\\} (\\d+)`).exec(
    await metrics.registry.metrics(),
  );
  return Number(found?.[1] ?? 0);
}

test.each<[what: string, changes: Odd]>([
  ['a DE 2 masked to another card', { 2: demoPan(8).replace(/^(\d{6})\d+(\d{4})$/, '$1******$2') }],
  ['a DE 2 of stars alone', { 2: '*'.repeat(16) }],
  ['letters in DE 4', { 4: '00000000100x' }],
  ['a DE 39 of one digit and a star', { 39: '0*' }],
])('%s is a doubt at once, not after the time-out', async (_, answers) => {
  odd.answers = answers;
  const began = Date.now();
  expect(await leg()).toMatchObject({ kind: 'doubt', rc: '96' });
  expect(Date.now() - began).toBeLessThan(PATIENCE_MS / 2);
});

test('an answer whose lengths do not add up is a doubt at once', async () => {
  odd.answers = { 60: 'xxxx' };
  odd.bend = (body) => {
    const at = body.indexOf('004xxxx');
    return Buffer.concat([body.subarray(0, at), Buffer.from('9z9xxxx'), body.subarray(at + 7)]);
  };
  const began = Date.now();
  expect(await leg()).toMatchObject({ kind: 'doubt', rc: '96' });
  expect(Date.now() - began).toBeLessThan(PATIENCE_MS / 2);
});

test('an odd element under a wrong MAC is still a wrong MAC', async () => {
  odd.answers = { 60: 'A\u0007B' };
  odd.bend = (body) => Buffer.concat([body, Buffer.alloc(1)]);
  expect(await leg()).toMatchObject({ kind: 'doubt', rc: '96' });
});

test('an odd DE 54 of an ordinary purchase does not reach the terminal; a sound DE 44 does', async () => {
  odd.answers = { 44: 'fine', 54: '\u0001' };
  expect(await leg(true)).toEqual({ kind: 'approved', authCode: '123456', passThrough: { 44: 'fine' } });
});
