import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openBank, type Bank } from '../../../src/handlers/bank/index.ts';
import type { BankRequest } from '../../../src/handlers/ports.ts';
import { encryptPinBlock, type Hsm, type KeyRef } from '../../../src/hsm/index.ts';
import type { Ledger, LegResult, TransactionRef } from '../../../src/ledger/ledger.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import { loadConfig } from '../../../src/ops/config.ts';
import { demoPan, demoTrack2 } from '../../../src/demo/programme.ts';
import { createMetrics, type Metrics } from '../../../src/ops/metrics.ts';
import { startBankSimulator, type BankSimulator } from '../../../src/simulators/bank/index.ts';
import { hsmWithZmk, silentLog, until } from '../../net/link/support/bench.ts';
import { nextLeg } from './support/legs.ts';

const TPK = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');

let simulator: BankSimulator;
let bank: Bank;
let hsm: Hsm;
let tpk: KeyRef;
let metrics: Metrics;
let stranded: TransactionRef[];
const completed: LegResult[] = [];

/** The part of the ledger that the workers of the bank side ask. */
function ledgerStub(): Ledger {
  const stub: Partial<Ledger> = {
    claimAdvices: () => Promise.resolve([]),
    claimStranded: () => Promise.resolve(stranded.splice(0)),
    complete: (_ref, leg) => {
      completed.push(leg);
      return Promise.resolve({ rc: '68' } as Awaited<ReturnType<Ledger['complete']>>);
    },
  };
  return stub as Ledger;
}

beforeEach(async () => {
  stranded = [];
  completed.length = 0;
  simulator = await startBankSimulator({ port: 0 });
  const opened = await hsmWithZmk();
  hsm = opened.hsm;
  tpk = await hsm.formKey({ usage: 'P0', algorithm: 'TDES', bits: 128 }, [TPK, Buffer.alloc(16)]);
  metrics = createMetrics();
  const config = loadConfig({ KALABARG_BANK_PORT: String(simulator.port), KALABARG_BANK_TIMEOUT_MS: '300' });
  const doubts = { count: () => Promise.resolve([]) };
  bank = openBank({
    config,
    ledger: ledgerStub(),
    doubts,
    hsm,
    zmk: opened.zmk,
    clock: systemClock,
    log: silentLog,
    metrics,
  });
  await until(() => bank.ready());
});
afterEach(async () => {
  await bank.close();
  await simulator.close();
});

function request(household: number, pin: string | null = '1234'): BankRequest {
  const pan = demoPan(household);
  return {
    leg: nextLeg(),
    rrn: '632712000001',
    terminal: '10000001',
    merchant: '000000000000001',
    localTime: '120000',
    localDate: '1123',
    posEntryMode: '051',
    card: { pan, track2: demoTrack2(household), expiry: undefined },
    emv: '9F2608AABBCCDDEEFF0011',
    pin: pin === null ? undefined : { block: encryptPinBlock(TPK, 'TDES', 0, pin, pan), format: 0, key: tpk },
    deadlineAt: Date.now() + 300,
  };
}

test('a card leg is charged under its voucher part, with the PIN the customer typed', async () => {
  const result = await bank.cardLeg(request(7), 1_000n, 2_000n);
  expect(result).toMatchObject({ kind: 'approved', authCode: expect.stringMatching(/^\d{6}$/) as unknown });
  expect(simulator.journal[0]).toMatchObject({
    kind: 'purchase',
    account: 7,
    voucherRials: '2000',
    movedRials: '-1000',
    pin: 'good',
    rrn: '632712000001',
  });
});

test('the issuer says what is wrong with a PIN', async () => {
  expect(await bank.cardLeg(request(7, '9999'), 1_000n, 0n)).toMatchObject({ kind: 'declined', rc: '55' });
  expect(await bank.pinCheck(request(8))).toMatchObject({ kind: 'approved' });
  expect(await bank.pinCheck(request(8, '9999'))).toMatchObject({ kind: 'declined', rc: '55' });
});

test('a PIN block of another card never reaches the bank', async () => {
  const wrong = { ...request(7), card: request(8).card };
  expect(await bank.cardLeg(wrong, 1_000n, 0n)).toEqual({ kind: 'unsent', rc: '55' });
  expect(simulator.journal).toEqual([]);
});

test('a refund credits, a balance inquiry brings the balance, both with the issuer script', async () => {
  expect(await bank.refund(request(7, null), 1_000n)).toMatchObject({ kind: 'approved' });
  const balance = await bank.forward(request(7), '310000', 0n);
  const passThrough = balance.kind === 'approved' ? balance.passThrough : undefined;
  expect(passThrough?.['54']).toContain('0002364C000050001000');
  expect(passThrough?.['55']).toContain('710B860904DA9F58');
});

test.each([
  [901, { kind: 'declined', rc: '51' }],
  [902, { kind: 'declined', rc: '55' }],
  [903, { kind: 'doubt', rc: '91', bankRc: '91' }], // its issuer may have been asked
  [904, { kind: 'doubt', rc: '68' }],
])('household %d', async (household, expected) => {
  expect(await bank.cardLeg(request(household), 1_000n, 0n)).toMatchObject(expected);
});

test('an issuer that is out costs twenty doubts and a trial, then its cards are told 91 and nothing leaves', async () => {
  const kinds: string[] = [];
  for (let n = 0; n < 40; n++) kinds.push((await bank.cardLeg(request(903), 1_000n, 0n)).kind);
  expect(kinds.filter((kind) => kind === 'unsent').length).toBeGreaterThanOrEqual(15);
  expect(kinds.slice(0, 21)).toEqual(Array(21).fill('doubt'));
  expect(simulator.journal.length).toBe(kinds.filter((kind) => kind === 'doubt').length);
  expect(await bank.cardLeg(request(903), 1_000n, 0n)).toEqual({ kind: 'unsent', rc: '91' });
  expect(await bank.pinCheck(request(7))).toMatchObject({ kind: 'approved' }); // moves nothing, so it may ask: and it answers
  expect(await bank.cardLeg(request(7), 1_000n, 0n)).toMatchObject({ kind: 'approved' });
  expect(await metrics.registry.getSingleMetricAsString('kalabarg_bank_issuers_out')).toContain(' 0');
});

test('without the bank every leg is unsent, and readiness says so', async () => {
  await simulator.close();
  await until(() => !bank.ready());
  expect(await bank.cardLeg(request(7), 1_000n, 0n)).toEqual({ kind: 'unsent', rc: '91' });
  expect(await metrics.registry.metrics()).toContain('kalabarg_bank_links_ready 0');
});

test('a transaction whose gateway died is ended in doubt', async () => {
  stranded.push({ householdId: '7', transactionId: '1', businessDay: '2026-11-23' });
  await until(() => completed.length === 1);
  expect(completed[0]).toMatchObject({ kind: 'doubt', rc: '68' });
});
