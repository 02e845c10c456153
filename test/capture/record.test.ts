import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { Codecs, pairExchanges, readCapture } from '../../src/capture/index.ts';
import { demoPan } from '../../src/demo/programme.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

test('chosen terminals are recorded with their bank legs, clean as they are written, and nobody else is', async () => {
  const started = await system.kalabarg('capture', 'start', '--terminal', '10000001', '--terminal', '10000021');
  expect([started.stderr, started.status]).toEqual(['', 0]);
  const [chosen, aes, other] = [
    await system.terminal('10000001'),
    await system.terminal('10000021'),
    await system.terminal('10000002'),
  ];
  const blocks: (string | undefined)[] = [];
  for (const household of [7, 902]) {
    const { request } = await chosen.financial('179800', 60_000_000n, cardOf(household));
    blocks.push(request.get(52));
  }
  await chosen.exchange((await chosen.financial('379800', 0n, cardOf(7, null))).request.with({ 4: '000000000001' }));
  blocks.push((await aes.financial('179800', 1_000n, cardOf(8))).request.get('48.20'));
  await other.financial('179800', 1_000n, cardOf(9));
  const stopped = await system.kalabarg('capture', 'stop');
  const file = stopped.stdout.trim();

  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  for (const household of [7, 8, 9, 902]) {
    expect(text).not.toContain(demoPan(household));
    expect(text).not.toContain(Buffer.from(demoPan(household)).toString('hex').toUpperCase());
  }
  for (const block of blocks) {
    expect(block).toMatch(/^[0-9A-F]{16,32}$/);
    expect(text).not.toContain(block!);
  }
  const { frames } = readCapture(file);
  const { exchanges, unmatched } = pairExchanges(frames, new Codecs());
  expect(unmatched).toEqual([]);
  const outcomes = exchanges.map(
    ({ request, mti, answerMessage }) => `${request.from} ${mti} ${answerMessage?.get(39) ?? '-'}`,
  );
  const bought = [
    'terminal 0200 00',
    'gateway 0200 00',
    'terminal 0200 55',
    'gateway 0200 55',
    'terminal 0200 00',
    'terminal 0200 63',
  ];
  const signedOn = ['terminal 0800 00', 'terminal 0800 00', 'terminal 0800 00', 'terminal 0800 00'];
  expect(outcomes.filter((one) => !one.startsWith('gateway 04'))).toEqual([...signedOn, ...bought, 'terminal 0200 03']);
  expect(new Set(frames.filter(({ from }) => from === 'terminal').map(({ connection }) => connection))).toEqual(
    new Set(['10000001#1', '10000021#2']),
  );

  const shown = await system.kalabarg('capture', 'show', file);
  expect(shown.stdout).toMatch(/─ 0200 ─+▶/);
  expect(shown.stdout).toContain('63  Security violation (MAC)');
  expect(shown.stdout).not.toMatch(/\d{16}[^*\d]*=/);
});

test.each([
  [[], 'give which connections to record'],
  [['--sample', '200%'], '--sample 200%: give a share, as 1% or 0.01.'],
  [['--sample', '1%', '--for', '5'], '--for 5: give a time'],
])('capture start %j is refused with what to do', async (args, reason) => {
  const { status, stderr } = await system.kalabarg('capture', 'start', ...args);
  expect([status, stderr]).toEqual([1, expect.stringContaining(reason)]);
});
