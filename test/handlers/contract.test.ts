import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Message } from '../../src/codec/index.ts';
import type { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;
let terminal: SimulatedTerminal;

beforeAll(async () => {
  system = await startSystem();
  terminal = await system.terminal('10000001');
});

afterAll(async () => {
  const verdict = await system.kalabarg('ledger', 'verify');
  await system.stop();
  expect([verdict.status, verdict.stderr]).toEqual([0, '']);
});

/** A message but for DE 7 and the MAC (wire.md 9.1). */
function content(message: Message): Record<string, unknown> {
  const fields = message.fields().filter((de) => ![7, 64, 128].includes(de));
  return { mti: message.mti, ...Object.fromEntries(fields.map((de) => [de, message.get(String(de))])) };
}

async function left(household: number): Promise<number> {
  const rows = await system.query<{ rials: number }>(
    'select sum(amount_rials - spent_rials - held_rials)::float8 as rials from buckets where household_id = $1',
    [String(household)],
  );
  return rows[0]!.rials;
}

const line = (goods: number, rials: bigint, quantity = 1, unit = '00'): string =>
  String(goods).padStart(13, '0') + unit + String(quantity).padStart(6, '0') + String(rials).padStart(12, '0');

const original = (message: Message): string =>
  (message.mti + (message.get(11) ?? '') + (message.get(7) ?? '')).padEnd(42, '0');

/** A reversal's own fields; DE 7, 11, 12, 13 too, so that it can be sent again. */
function reversalOf(sale: Message, stan: string, more: Record<number, string> = {}): Record<number, string> {
  const echoed = Object.fromEntries([3, 4, 12, 13, 35].map((de) => [de, sale.get(String(de)) ?? '']));
  return { ...echoed, 7: sale.get(7) ?? '', 11: stan, 25: '00', 39: '17', 49: '364', 90: original(sale), ...more };
}

describe('a reversal is the same transaction again, by whatever name it is repeated', () => {
  test('0401 gets what 0400 got, and 0420 too, whatever was bought in between', async () => {
    const sale = await terminal.financial('179800', 1_000n, cardOf(11));
    const fields = reversalOf(sale.request, '900001');
    const first = await terminal.send('0400', fields);
    expect([first.rc, first.message.get('48.90')]).toEqual(['00', undefined]);
    await terminal.financial('179800', 500n, cardOf(11));
    expect(content((await terminal.send('0401', fields)).message)).toEqual(content(first.message));
    expect(content((await terminal.send('0420', fields)).message)).toEqual({ ...content(first.message), mti: '0430' });
  });

  test('also where its original came in between', async () => {
    const sale = terminal.prepareFinancial('179800', 1_000n, cardOf(12));
    const fields = reversalOf(sale, '900002');
    const first = await terminal.send('0400', fields);
    expect([first.rc, first.message.get('48.90')]).toEqual(['00', '90']); // nothing that DE 90 names is known yet
    expect((await terminal.exchange(sale)).rc).toBe('12');
    expect(content((await terminal.send('0401', fields)).message)).toEqual(content(first.message));
  });

  test('other content under its name is RC 94', async () => {
    const sale = await terminal.financial('179800', 1_000n, cardOf(12));
    const fields = reversalOf(sale.request, '900003');
    expect((await terminal.send('0400', fields)).rc).toBe('00');
    expect((await terminal.send('0400', { ...fields, 4: '000000002000' })).rc).toBe('94');
  });
});

test('DE 42 that is not the merchant of the terminal is RC 03 for every message, and nothing moves', async () => {
  const sale = await terminal.financial('179800', 1_000n, cardOf(13));
  const before = await left(13);
  const foreign = { 42: '000000000000002' };
  const rcs = [
    (await terminal.send('0400', { ...reversalOf(sale.request, '900010'), ...foreign })).rc,
    (await terminal.send('0420', { ...reversalOf(sale.request, '900011'), ...foreign })).rc,
    (await terminal.send('0220', { 3: '179800', 4: '000000001000', 22: '051', 25: '00', 35: cardOf(13).track2, 39: '00', 49: '364', 90: original(sale.request), ...foreign })).rc, // prettier-ignore
    (await terminal.send('0500', foreign)).rc,
    (await terminal.send('0800', { 70: '301', ...foreign })).rc,
  ];
  expect(rcs).toEqual(['03', '03', '03', '03', '03']);
  expect(await left(13)).toBe(before);
});

test('a blocked household is refused its voucher, and pays by its bank like anybody', async () => {
  expect((await terminal.financial('179800', 1_000n, cardOf(906))).rc).toBe('57');
  expect((await terminal.financial('000000', 1_000n, cardOf(906))).rc).toBe('00');
});

describe('hostile amounts and baskets move nothing, or exactly what they say', () => {
  const MOST = 999_999_999_999n;
  test.each<
    [what: string, code: string, total: bigint, basket: string | undefined, rc: string, path: string | undefined]
  >([
    ['the largest amount by card, which the bank has a limit for', '179800', MOST, undefined, '61', undefined],
    ['a purchase of nothing', '179800', 0n, undefined, '13', '4'],
    ['a basket of nothing', '179898', 100n, '', '30', '48.01'],
    ['half a line', '179898', 100n, line(1, 100n).slice(1), '30', '48.01'],
    ['a line of no weight', '179898', 100n, line(1, 100n, 0), '30', '48.01'],
    ['a line of no rials', '179898', 100n, line(1, 100n) + line(2, 0n), '30', '48.01'],
    ['a unit that is none', '179898', 100n, line(1, 100n, 1, '07'), '30', '48.01'],
    ['a sum above the amount', '179898', 100n, line(1, 60n) + line(2, 41n), '40', undefined],
    ['30 lines that overflow DE 4', '179898', MOST, line(1, MOST).repeat(30), '40', undefined],
    ['a quote reference that is none', '179898', 100n, undefined, '25', undefined],
  ])('%s', async (_, code, total, basket, rc, path) => {
    const before = await left(14);
    const tags = {
      ...(basket === undefined ? {} : { '01': basket }),
      ...(rc === '25' ? { '14': '1'.repeat(13) } : {}),
    };
    const answer = await terminal.financial(code, total, cardOf(14), { 48: tags });
    expect([answer.rc, answer.message.get('48.90'), answer.message.has(54)]).toEqual([rc, path, false]);
    expect(await left(14)).toBe(before);
  });

  test('the largest amount in cash takes the credit, and the rest is due', async () => {
    const credit = BigInt(await left(15));
    const { rc, message } = await terminal.financial('179898', MOST, cardOf(15));
    const amount = (rials: bigint): string => String(rials).padStart(12, '0');
    expect([rc, message.get(54)]).toEqual([
      '10',
      `9841364D${amount(credit)}0004364D${amount(MOST - credit)}9802364C${amount(0n)}`,
    ]);
  });

  test('30 lines, the same good twice, an unknown one and one that the guild may not sell', async () => {
    const butcher = await system.terminal('10000011');
    const lines = [line(1, 10n), line(1, 20n), line(999, 30n), line(9, 40n), ...Array<string>(26).fill(line(2, 1n))];
    const { rc, message } = await butcher.financial('179898', 126n, cardOf(16), { 48: { '01': lines.join('') } });
    const verdict = (code: string, rials: number): string => code + String(rials).padStart(12, '0');
    const eligible = verdict('00', 10) + verdict('00', 20) + verdict('01', 0) + verdict('04', 0);
    expect([rc, message.get('48.12')]).toEqual(['10', eligible + verdict('00', 1).repeat(26)]);
  });
});

test('the largest DE 48 that fits, of tags that nobody knows, is no reason to fail', async () => {
  const tags = { '77': 'x'.repeat(900), '78': 'y'.repeat(80) };
  expect((await terminal.financial('379800', 0n, cardOf(17, null), { 48: tags })).rc).toBe('00');
});

test('a minimum card part is taken from the price to the last rial', async () => {
  await system.query('update programme_rules set min_card_rials = 50000');
  const parts = [];
  for (const total of [1n, 49_999n, 50_000n, 50_001n, 123_457n]) {
    const { rc, message } = await terminal.financial('179800', total, cardOf(18));
    const amounts = [...(message.get(54) ?? '').matchAll(/(98|00)41364D(\d{12})/g)].map((m) => [m[1], BigInt(m[2]!)]);
    parts.push([rc, Object.fromEntries(amounts) as unknown]);
  }
  await system.query('update programme_rules set min_card_rials = 0');
  expect(parts).toEqual([
    ['00', { '00': 1n }],
    ['00', { '00': 49_999n }],
    ['00', { '00': 50_000n }],
    ['00', { '98': 1n, '00': 50_000n }],
    ['00', { '98': 73_457n, '00': 50_000n }],
  ]);
});
