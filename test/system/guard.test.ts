import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compile, loadSpec } from '../../src/codec/index.ts';
import type { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

// An attacker with a terminal of its own, and an honest terminal beside it at the same gateway.
let system: System;
let honest: SimulatedTerminal;
const codec = compile(loadSpec('kalabarg-pos'));

beforeAll(async () => {
  system = await startSystem();
  honest = await system.terminal('10000001');
});
afterAll(async () => {
  const verified = await system.kalabarg('ledger', 'verify');
  const status = await system.stop();
  expect([verified.status, verified.stderr, status]).toEqual([0, '', 0]);
});

const ask = (terminal: SimulatedTerminal, household: number, rials = 0n, fields = {}) =>
  terminal.financial('379800', rials, cardOf(household, null), fields);

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${system.httpPort}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'gm'))].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

test('one terminal that asks for card after card: sixty answers, then 65, then it is blocked; the honest one sells', async () => {
  const thief = await system.terminal('10000002');
  const rcs: Record<string, number> = {};
  for (let from = 1; from <= 900; from += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(thief, from + n)));
    for (const { rc } of answers) rcs[rc] = (rcs[rc] ?? 0) + 1;
    if (from % 300 === 1) {
      const sold = await honest.financial('179800', 1_000n, cardOf(11));
      expect([sold.rc, (await ask(honest, 11)).rc]).toEqual(['00', '00']);
    }
  }
  expect(rcs['00']).toBe(60);
  expect(rcs['65']).toBeGreaterThan(500);
  expect(await metric('kalabarg_terminal_blocks_total')).toBe(1);
  expect((await ask(thief, 1)).rc).toBe('58');
});

test('a blocked terminal sells nothing, but what it sold it can repeat and reverse', async () => {
  const thief = await system.terminal('10000003');
  const sold = await thief.financial('179800', 5_000n, cardOf(12));
  expect(sold.rc).toBe('00');
  const forged = thief.prepareFinancial('179800', 1_000n, cardOf(12)).encode();
  forged[forged.length - 1]! ^= 1;
  const rcs: string[] = [];
  for (let n = 0; n < 500 && rcs.at(-1) !== '58'; n++)
    rcs.push((await thief.exchange(codec.decode(Buffer.from(forged)))).rc);
  expect([rcs[0], rcs.at(-1), rcs.length > 20]).toEqual(['63', '58', true]);
  const blocked = await thief.financial('179800', 1_000n, cardOf(12));
  expect([blocked.rc, blocked.macGood]).toEqual(['58', true]);
  const repeated = await thief.exchange(sold.request);
  expect([repeated.rc, repeated.message.get(37)]).toEqual(['00', sold.message.get(37)]);
  expect((await thief.reverse(sold.request, '17')).rc).toBe('00');

  const listed = await system.kalabarg('terminals', 'blocked', '--json');
  const rows = listed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
  expect(rows.map(({ terminal, rule }) => `${terminal} ${rule}`)).toContain('10000003 wrong-mac-terminal-block');
  const lifted = await system.kalabarg(
    'terminals',
    'unblock',
    '10000003',
    '--by',
    'maryam',
    '--note',
    'device replaced',
  );
  expect([lifted.status, lifted.stdout]).toEqual([0, 'terminal 10000003 may buy again\n']);
  expect((await thief.financial('179800', 1_000n, cardOf(12))).rc).toBe('00');
  const again = await system.kalabarg('terminals', 'unblock', '10000003', '--by', 'maryam', '--note', 'again');
  expect([again.status, again.stderr.trim()]).toEqual([1, 'kalabarg: Terminal 10000003 is not blocked.']);
});

test('credit that one terminal reserves of many households keeps nobody from buying', async () => {
  const thief = await system.terminal('10000004');
  const rcs: string[] = [];
  for (let household = 100; household < 140; household++)
    rcs.push((await ask(thief, household, 10_000_000n, { 48: { '15': '1' } })).rc);
  expect([rcs.filter((rc) => rc === '00').length, rcs.filter((rc) => rc === '65').length]).toEqual([10, 30]);
  const bought = await honest.financial('179898', 10_000_000n, cardOf(100));
  expect([bought.rc, bought.message.get(54)?.slice(0, 20)]).toEqual(['00', '9841364D000010000000']);
});
