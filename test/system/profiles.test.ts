import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { DEMO_TERMINALS } from '../../src/demo/programme.ts';
import { terminalCertificate } from '../../src/demo/files.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { loadProfiles, Speaker } from '../../src/profiles/index.ts';
import { readAmounts, SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

/** Three PSPs and the contract side by side at one gateway, with the real ledger and the bank's simulator. The third is a file of
 *  this test: a new PSP touches nothing of src/. */
const OWN = fileURLToPath(new URL('../profiles/own/', import.meta.url));
const profiles = loadProfiles(OWN);
const native = compile(loadSpec('kalabarg-pos'));
const M = 1_000_000n;
const SPEAKS = {
  '10000004': 'sadad-like',
  '10000005': 'behpardakht-like',
  '10000006': 'desert',
  '10000007': 'native',
  '10000008': 'native',
};

let system: System;
let witness: SimulatedTerminal;
const devices: SimulatedTerminal[] = [];
const speakers = new Map<string, Speaker>();
beforeAll(async () => {
  system = await startSystem({ KALABARG_PROFILES: OWN });
  for (const [terminal, profile] of Object.entries(SPEAKS))
    await system.query('update terminals set profile = $2 where terminal_id = $1', [terminal, profile]);
  witness = await deviceOf('10000008');
});
afterAll(async () => {
  for (const device of devices) device.close();
  await system.stop();
});

async function deviceOf(id: string): Promise<SimulatedTerminal> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id)!;
  const profile = SPEAKS[id as keyof typeof SPEAKS];
  const tls = { ca: join(system.data, 'tls', 'ca.crt'), ...terminalCertificate(system.data, id) };
  const endpoint = { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), tls };
  const speaker = profile === 'native' ? undefined : new Speaker(profiles.get(profile)!, profiles.get('native')!);
  if (speaker !== undefined) speakers.set(id, speaker);
  const device = await SimulatedTerminal.connect({ ...known, endpoint, codec: native, clock: systemClock, timeoutMs: 20_000, firstStan: 1 + devices.length * 1_000, speaker }); // prettier-ignore
  devices.push(device);
  await device.signOn();
  return device;
}

/** What the household has left, as the contract says it. */
async function leftOf(household: number): Promise<bigint | undefined> {
  const { message } = await witness.financial('379800', 0n, cardOf(household, null));
  return readAmounts(message.get(54)).get('9802');
}

describe.each([
  ['10000004', 'sadad-like', 105],
  ['10000005', 'behpardakht-like', 110],
  ['10000006', 'desert', 115],
  ['10000007', 'native', 120],
] as const)('%s speaks %s', (id, profile, household) => {
  let device: SimulatedTerminal;
  beforeAll(async () => {
    device = await deviceOf(id);
  });

  test('buys with credit and card, is repeated, and takes it back', async () => {
    const before = await leftOf(household);
    const bought = await device.financial('179800', before! + 2n * M, cardOf(household));
    expect([bought.rc, bought.macGood]).toEqual(['00', true]);
    const amounts = readAmounts(bought.message.get(54));
    expect([amounts.get('9841'), amounts.get('0041')]).toEqual([before, 2n * M]);
    expect(await leftOf(household)).toBe(0n);

    const again = await device.exchange(bought.request);
    expect([again.rc, again.message.get(37)]).toEqual(['00', bought.message.get(37)]);

    const reversed = await device.reverse(bought.request, '17');
    expect([reversed.rc, reversed.macGood]).toEqual(['00', true]);
    expect((await device.reverse(bought.request, '17')).rc).toBe('00');
    expect(await leftOf(household)).toBe(before);
  });

  test('a purchase that the credit covers leaves nothing to the card', async () => {
    const before = await leftOf(household);
    const bought = await device.financial('179800', M, cardOf(household));
    expect([bought.rc, readAmounts(bought.message.get(54)).get('9841')]).toEqual(['00', M]);
    expect(await leftOf(household)).toBe(before! - M);
  });

  test('a wrong PIN is a refusal, and holds no credit', async () => {
    const before = await leftOf(household);
    const refused = await device.financial('179800', before! + M, cardOf(household, '9999'));
    expect(refused.rc).toBe('55');
    expect(await leftOf(household)).toBe(before);
  });

  test('an advice is taken', async () => {
    const bought = await device.financial('179800', M, cardOf(household + 1));
    const { request, message } = bought;
    const origin = request.mti + (request.get(11) ?? '') + (request.get(7) ?? '');
    const advice = {
      3: '179800',
      4: request.get(4),
      35: request.get(35),
      37: message.get(37),
      49: '364',
      90: origin.padEnd(42, '0'),
    };
    if (profile === 'desert') return; // it has no advice
    expect((await device.send('0220', advice)).rc).toBe('00');
  });
});

describe('commands', () => {
  const kalabarg = async (...args: string[]) => {
    const { status, stdout, stderr } = await system.kalabarg('simulate', 'terminal', ...args);
    return [status, stdout + stderr] as const;
  };

  test.each(['sadad-like', 'behpardakht-like'])('a purchase of %s is taken back by another run', async (profile) => {
    const id = Object.entries(SPEAKS).find(([, each]) => each === profile)![0];
    const before = (await leftOf(150))!;
    const device = ['--terminal', id, '--profile', profile];
    expect(await kalabarg('purchase', ...device, '--household', '150', '--amount', String(before + M))).toEqual([0, expect.stringContaining('APPROVED')]); // prettier-ignore
    expect(await leftOf(150)).toBe(0n);
    expect(await kalabarg('reverse', ...device)).toEqual([0, expect.any(String)]);
    expect(await leftOf(150)).toBe(before);
  });

  test('a scenario names its profile, or takes that of the command', async () => {
    expect(await kalabarg('run', 'examples/scenario-profile.yaml')).toEqual([0, expect.stringContaining('7 steps, 0 failed')]); // prettier-ignore
    const file = join(system.data, 'plain.yaml');
    writeFileSync(file, "terminal: '10000005'\nsteps:\n  - purchase: { household: 155, amount: 100000 }\n    as: one\n    expect: { rc: '00' }\n  - reverse: one\n"); // prettier-ignore
    expect(await kalabarg('run', file, '--profile', 'behpardakht-like')).toEqual([0, expect.stringContaining('2 steps, 0 failed')]); // prettier-ignore
    expect(await kalabarg('run', file, '--profile', 'nowhere')).toEqual([1, expect.stringContaining('sadad-like')]);
  });
});

describe('two steps hold credit as a quote of the contract does', () => {
  test('what sadad-like has reserved nobody else spends, until it is cancelled', async () => {
    const device = await deviceOf('10000004');
    const before = (await leftOf(130))!;
    const basket = { 48: { '15': '1', '01': '0000000000001' + '00' + '000001' + String(M).padStart(12, '0') } };
    const quoted = await device.financial('379800', M, cardOf(130, null), basket);
    expect([quoted.rc, readAmounts(quoted.message.get(54)).get('9841')]).toEqual(['00', M]);
    expect(await leftOf(130)).toBe(before - M);
    const cancelled = await device.financial('479800', 0n, cardOf(130, null), {
      48: { '14': quoted.message.get('48.14')! },
    });
    expect(cancelled.rc).toBe('00');
    expect(await leftOf(130)).toBe(before);
  });

  test('behpardakht-like: another card part than the quoted one is refused, and moves nothing', async () => {
    const device = await deviceOf('10000005');
    const before = (await leftOf(131))!;
    const quoted = await device.financial('379800', before + 2n * M, cardOf(131, null), { 48: { '15': '1' } });
    const { heard } = quoted;
    expect([heard?.get(6), heard?.get(44), heard?.get(37)]).toEqual([
      '000002000000',
      quoted.message.get('48.14'),
      heard?.get(44)?.slice(1),
    ]);
    const quoteRef = quoted.message.get('48.14')!;
    const buys = () => device.financial('179800', before + 2n * M, cardOf(131), { 48: { '14': quoteRef } });
    const speaker = speakers.get('10000005')!;
    speaker.learn(quoteRef, { voucherRials: before, cardRials: M }); // a million less than the customer was told
    const less = await buys();
    expect([less.rc, less.macGood, less.said?.get(4)]).toEqual(['25', true, '000001000000']);
    expect(await leftOf(131)).toBe(0n); // the quote still holds it
    speaker.learn(quoteRef, { voucherRials: before, cardRials: 2n * M });
    const bought = await buys();
    expect([bought.rc, bought.said?.get(4)]).toEqual(['00', '000002000000']);
  });

  test('four devices of four PSPs buy of one household at once: the credit is spent once', async () => {
    const before = (await leftOf(140))!;
    const ids = ['10000004', '10000005', '10000006', '10000007'] as const;
    const four = [];
    for (const id of ids) four.push(await deviceOf(id));
    const bought = await Promise.all(four.map((device) => device.financial('179800', before, cardOf(140))));
    const voucher = bought.reduce(
      (sum, { rc, message }) => sum + (rc === '00' ? (readAmounts(message.get(54)).get('9841') ?? 0n) : 0n),
      0n,
    );
    expect(voucher).toBeLessThanOrEqual(before);
    expect(await leftOf(140)).toBe(before - voucher);
    const books = await system.kalabarg('ledger', 'verify');
    expect([books.status, books.stderr]).toEqual([0, expect.anything()]);
  });
});
