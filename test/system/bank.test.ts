import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;
let terminal: SimulatedTerminal;

beforeAll(async () => {
  system = await startSystem();
  terminal = await system.terminal('10000001');
});
afterAll(async () => {
  await system.stop();
});

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`waited in vain until ${what}`);
}

async function metric(line: string): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${system.httpPort}/metrics`)).text();
  return text
    .split('\n')
    .find((one) => one.startsWith(line))
    ?.slice(line.length + 1);
}

async function stateOf(answer: Answer): Promise<string | undefined> {
  const rrn = answer.message.get(37);
  const [row] = await system.query<{ state: string }>(
    "select state from transactions where rrn = $1 and kind = 'purchase'",
    [rrn],
  );
  return row?.state;
}

test('a leg that the bank does not answer is held, then in doubt, then reversed; each is seen from outside', async () => {
  const answering = terminal.financial('000000', 1_000_000n, cardOf(904));
  await until('the leg is held', async () => {
    const rows = await system.query("select 1 from bank_doubts where kind = 'held'");
    return rows.length === 1;
  });
  expect((await answering).rc).toBe('68');
  await until('the reversal is taken', async () => {
    const rows = await system.query('select 1 from bank_doubts');
    return rows.length === 0;
  });
  const { stdout } = await system.kalabarg('doubts');
  expect(stdout).toBe('nothing is in doubt with the bank\n');
  expect(await metric('kalabarg_bank_legs_total{kind="doubt",rc="68"}')).toBe('1');
  expect(await metric('kalabarg_bank_advices_total{mti="0420",result="taken"}')).toBe('1');
});

test('an advice that does not exist is refused by name', async () => {
  for (const args of [
    ['retry', '4711'],
    ['own', '4711', 'maryam'],
    ['resolve', '4711', '--by', 'maryam', '--note', 'settled'],
    ['retry', 'x'],
  ]) {
    const { status, stderr } = await system.kalabarg('doubts', ...args);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^kalabarg: .*(4711|x)/)]);
  }
});

test('a purchase that wants its 0220 is reversed without one, at the bank too, and stays with one', async () => {
  await system.query("update programme_rules set confirmation = 'required', confirm_within_ms = 1000");
  const card = cardOf(905); // no credit: all of it from the card
  const request = terminal.prepareFinancial('179800', 2_000_000n, card);
  const confirmed = await terminal.exchange(request);
  const {
    3: code,
    4: amount,
    7: at,
    11: stan,
    12: time,
    13: date,
    41: id,
    42: merchant,
    49: currency,
  } = Object.fromEntries(request.fields().map((de) => [de, request.get(de)])) as Record<number, string>;
  const original = `0200${stan ?? ''}${at ?? ''}`.padEnd(42, '0');
  const fields = { 3: code, 4: amount, 12: time, 13: date, 25: '00', 41: id, 42: merchant, 49: currency, 90: original };
  expect((await terminal.send('0220', fields)).rc).toBe('00');
  const forgotten = await terminal.financial('179800', 3_000_000n, card);
  expect([confirmed.rc, forgotten.rc]).toEqual(['00', '00']);
  await until('it is reversed', async () => (await stateOf(forgotten)) === 'reversed');
  await until('the bank took the reversal', async () => {
    const rows = await system.query('select 1 from bank_advices where done_at is null');
    return rows.length === 0;
  });
  expect(await stateOf(confirmed)).toBe('approved');
  const balance = (await terminal.financial('310000', 0n, card)).message.get(54);
  expect(balance).toContain('C000048000000');
});
