import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAmounts, type Answer, type SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;
let terminal: SimulatedTerminal;

beforeAll(async () => {
  system = await startSystem();
  terminal = await system.terminal('10000001');
});
afterAll(async () => {
  const verified = await system.kalabarg('ledger', 'verify');
  const status = await system.stop();
  expect([verified.status, verified.stderr, status]).toEqual([0, '', 0]);
});

/** `voucher / card / cash / left`, as DE 54 says; 0 where the line is left out. */
function split(answer: Answer): (bigint | undefined)[] {
  const amounts = readAmounts(answer.message.get(54));
  return [amounts.get('9841') ?? 0n, amounts.get('0041') ?? 0n, amounts.get('0004') ?? 0n, amounts.get('9802')];
}

async function creditLeft(household: number): Promise<bigint | undefined> {
  return split(await terminal.financial('379800', 0n, cardOf(household, null)))[3];
}

async function bankBalance(household: number): Promise<string | undefined> {
  return (await terminal.financial('310000', 0n, cardOf(household))).message.get(54);
}

const M = 1_000_000n;

describe('the demo programme (wire.md 8)', () => {
  test.each([
    ['credit covers all', 7, '179800', 2_500_000n, '00', [2_500_000n, 0n, 0n, 27_500_000n]],
    ['credit first, the rest from the card', 10, '179800', 12_500_000n, '00', [10n * M, 2_500_000n, 0n, 0n]],
    ['credit first, the rest in cash', 15, '179898', 12_500_000n, '10', [10n * M, 0n, 2_500_000n, 0n]],
    ['cash, but credit covers all', 20, '179898', 4n * M, '00', [4n * M, 0n, 0n, 6n * M]],
    ['no credit, the card pays all', 905, '179800', 3n * M, '00', [0n, 3n * M, 0n, 0n]],
    ['credit that ended yesterday is not spent', 907, '179800', 3n * M, '00', [0n, 3n * M, 0n, 0n]],
    ['one rial of credit', 908, '179898', 3n * M, '10', [1n, 0n, 2_999_999n, 0n]],
    ['two buckets are one credit', 909, '179800', 4n * M, '00', [4n * M, 0n, 0n, 6n * M]],
  ] as const)('%s', async (_name, household, code, amount, rc, expected) => {
    const answer = await terminal.financial(code, amount, cardOf(household));
    expect([answer.rc, answer.macGood, split(answer)]).toEqual([rc, true, expected]);
    expect(answer.message.get(37)).toMatch(/^\d{12}$/);
    expect(answer.message.get(38)).toMatch(/^[0-9A-Z]{6}$/);
    expect(answer.message.get('48.11')).toMatch(/^[0-9A-Za-z_-]{22}$/);
    expect(answer.message.has(52)).toBe(false);
    expect(answer.message.has(35)).toBe(false);
  });

  test.each([
    ['no credit and cash', 905, '179898', 1n * M, '51'],
    ['a blocked household', 906, '179800', 1n * M, '57'],
    ['ended credit and cash', 907, '179898', 1n * M, '51'],
    ['a card of no programme and cash', 910, '179898', 1n * M, '14'],
    ['the bank declines: funds', 901, '179800', 25n * M, '51'],
    ['the bank declines: PIN', 902, '179800', 35n * M, '55'],
    ['the bank declines: issuer down', 903, '179800', 45n * M, '91'],
    ['the bank never answers', 904, '179800', 55n * M, '68'],
    ['amount zero', 7, '179800', 0n, '13'],
  ] as const)('%s moves nothing', async (_name, household, code, amount, rc) => {
    const before = [906, 910].includes(household) ? undefined : await creditLeft(household);
    const answer = await terminal.financial(code, amount, cardOf(household));
    expect([answer.rc, answer.macGood, answer.message.has(38)]).toEqual([rc, true, false]);
    if (before !== undefined) expect(await creditLeft(household)).toBe(before);
  });

  test('a wrong PIN is refused by the issuer, also where credit covers all', async () => {
    const answer = await terminal.financial('179800', 1n * M, cardOf(12, '9999'));
    expect([answer.rc, await creditLeft(12)]).toEqual(['55', 30n * M]);
  });

  test('the card part is taken from the bank account, once', async () => {
    const before = await bankBalance(25);
    const answer = await terminal.financial('179800', 13n * M, cardOf(25));
    await terminal.exchange(answer.request);
    expect([answer.rc, split(answer)]).toEqual(['00', [10n * M, 3n * M, 0n, 0n]]);
    expect(before).toContain('000050000000');
    expect(await bankBalance(25)).toContain('000047000000');
  });
});

describe('what must hold (wire.md 9)', () => {
  test('the same content again gets the same answer but for DE 7 and the MAC, and moves nothing', async () => {
    const first = await terminal.financial('179800', 1n * M, cardOf(30));
    const again = await terminal.exchange(first.request);
    const stable = (answer: Answer): unknown => ({ ...answer.message.clearFields().fields, 7: '', 64: '' });
    expect(stable(again)).toEqual(stable(first));
    expect(again.macGood).toBe(true);
    expect(await creditLeft(30)).toBe(9n * M);
  });

  test('the same key with other content is RC 94', async () => {
    const first = await terminal.financial('179800', 1n * M, cardOf(35));
    const time = { 11: first.request.get(11), 12: first.request.get(12), 13: first.request.get(13) };
    const other = await terminal.financial('179800', 2n * M, cardOf(35), time);
    expect([other.rc, await creditLeft(35)]).toEqual(['94', 9n * M]);
  });

  test('a tag of DE 48 that came to it is other content, also one that nobody knows', async () => {
    const first = await terminal.financial('179800', 1n * M, cardOf(36));
    const same = Object.fromEntries(first.request.fields().map((de) => [de, first.request.get(de)]));
    const other = await terminal.financial('179800', 1n * M, cardOf(36), { ...same, 48: { '77': 'x' } });
    expect([first.rc, other.rc, await creditLeft(36)]).toEqual(['00', '94', 19n * M]);
  });

  test('a reversal gives voucher and card back, however often it comes', async () => {
    const bought = await terminal.financial('179800', 12n * M, cardOf(40));
    const reversals = [await terminal.reverse(bought.request, '17'), await terminal.reverse(bought.request, '68')];
    expect(reversals.map(({ rc, macGood }) => [rc, macGood])).toEqual([
      ['00', true],
      ['00', true],
    ]);
    expect(await creditLeft(40)).toBe(10n * M);
    await eventually(async () => (await bankBalance(40))?.includes('000050000000') === true);
  });

  test('a reversal before its original refuses the original', async () => {
    const never = await terminal.financial('379800', 0n, cardOf(45, null));
    const time = { 7: never.request.get(7), 11: '900001', 12: never.request.get(12), 13: never.request.get(13) };
    const original = never.request.with({ ...time, 3: '179800', 4: '000001000000' });
    expect((await terminal.reverse(original, '68')).rc).toBe('00');
    const late = await terminal.financial('179800', 1n * M, cardOf(45), time);
    expect([late.rc === '00', await creditLeft(45)]).toEqual([false, 10n * M]);
  });

  test('a card leg without an answer is reversed at the bank until the bank takes it', async () => {
    await eventually(async () => {
      const rows = await system.query<{ open: string }>(
        'select count(*) as open from bank_advices where done_at is null',
      );
      return rows[0]?.open === '0';
    });
  });
});

test('quotes: a plain inquiry, a split, a reservation and the purchase that takes it', async () => {
  const plain = await terminal.financial('379800', 0n, cardOf(50, null));
  expect([plain.rc, split(plain)]).toEqual(['00', [0n, 0n, 0n, 10n * M]]);
  const quoted = await terminal.financial('379800', 12n * M, cardOf(50, null), { 48: { '15': '1' } });
  expect([quoted.rc, split(quoted).slice(0, 3)]).toEqual(['00', [10n * M, 2n * M, 0n]]);
  const reference = quoted.message.get('48.14') ?? '';
  expect(reference).toMatch(/^\d{13}$/);
  expect((await terminal.financial('179898', 1n * M, cardOf(50))).rc).toBe('51');
  const bought = await terminal.financial('179800', 12n * M, cardOf(50), { 48: { '14': reference } });
  expect([bought.rc, split(bought)]).toEqual(['00', [10n * M, 2n * M, 0n, 0n]]);
});

test('an AES terminal of an approved shop buys with a PIN; one of the shop that is not gets 03', async () => {
  const approved = await (await system.terminal('10000026')).financial('179800', 12_000_000n, cardOf(77));
  expect([approved.rc, approved.macGood]).toEqual(['00', true]);
  expect((await (await system.terminal('10000021')).financial('179800', 1_000n, cardOf(77))).rc).toBe('03');
});

test('a return restores the voucher part first, then the card part', async () => {
  const bought = await terminal.financial('179800', 12n * M, cardOf(55));
  const rrn = bought.message.get(37) ?? '';
  const returned = await terminal.financial('279800', 11n * M, cardOf(55), { 48: { '10': rrn } });
  expect([returned.rc, split(returned)]).toEqual(['00', [10n * M, 1n * M, 0n, 10n * M]]);
  expect((await terminal.financial('279800', 2n * M, cardOf(55), { 48: { '10': rrn } })).rc).not.toBe('00');
});

test('the command line makes a purchase, reverses it, and settles the day', async () => {
  const bought = await system.kalabarg(
    'simulate',
    'terminal',
    'purchase',
    '--amount',
    '12500000',
    '--household',
    '60',
    '--rest',
    'card',
    '--terminal',
    '10000002',
  );
  expect([bought.status, bought.stderr]).toEqual([0, '']);
  expect(bought.stdout).toMatch(/from the voucher\s+10,000,000 IRR\n\s+from the card\s+2,500,000 IRR/);
  const reversed = await system.kalabarg('simulate', 'terminal', 'reverse', '--terminal', '10000002');
  expect(reversed.stdout).toContain('APPROVED');
  expect((await system.kalabarg('simulate', 'terminal', 'echo')).stdout).toContain('RC 00, MAC good');
  const settled = await system.kalabarg('settle', '--date', 'today');
  expect([settled.status, settled.stderr]).toEqual([0, 'As demo-maker and demo-checker: people of the demo.\n']);
  expect(settled.stdout).toMatch(/\.ccti/);
});

test('every posting sums to zero', async () => {
  const rows = await system.query<{ sum: string; count: string }>(
    'select sum(rials) as sum, count(*) as count from journal',
  );
  expect(rows[0]?.sum).toBe('0');
  expect(Number(rows[0]?.count)).toBeGreaterThan(10);
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error('did not come about within 10 s');
}
