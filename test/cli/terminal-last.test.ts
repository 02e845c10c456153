import { afterAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastPurchase } from '../../src/cli/simulate/terminal/last.ts';
import { compile, loadSpec, type Message } from '../../src/codec/index.ts';
import { RIAL } from '../../src/field/money-unit.ts';
import type { Answer, SimulatedTerminal } from '../../src/simulators/terminal/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-last-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const codec = compile(loadSpec('kalabarg-pos'));
const PAN = '6219861012345674';
const TRACK = `${PAN}=29122010000000000`;
const bought = codec.decode(
  codec.encode({
    mti: '0200',
    fields: { 3: '179800', 4: '000000001000', 7: '1127120000', 11: '000007', 35: TRACK, 49: '364' },
  }),
);
const approved: Answer = { rc: '00', message: bought, macGood: true, request: bought, unit: RIAL };

/** A device whose gateway answers every reversal so. */
function device(rc: string): { terminal: SimulatedTerminal; reversed: Message[] } {
  const reversed: Message[] = [];
  const reverse = (original: Message): Promise<Answer> => {
    reversed.push(original);
    return Promise.resolve({ ...approved, rc });
  };
  const remind = () => undefined;
  return { terminal: { reverse, remind } as unknown as SimulatedTerminal, reversed };
}

test('it keeps no card number, asks for the stripe again, and forgets what was taken back', async () => {
  const file = join(folder, 'deep', 'last.json');
  const asked: string[] = [];
  const last = lastPurchase(file, codec, (masked) => {
    asked.push(masked);
    return Promise.resolve(TRACK);
  });
  last.keep(approved, { pan: PAN, track2: TRACK, pin: '1234' }, undefined);
  expect(readFileSync(file, 'utf8')).not.toMatch(/101234567|1234"/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const refused = device('96');
  await last.reverse(refused.terminal);
  expect(existsSync(file)).toBe(true); // it may be tried again
  const { terminal, reversed } = device('00');
  await last.reverse(terminal);
  expect([asked, reversed[0]?.get(11), reversed[0]?.get(35)]).toEqual([
    ['621986******5674', '621986******5674'],
    '000007',
    TRACK,
  ]);
  await expect(last.reverse(terminal)).rejects.toThrow('has no approved purchase');
});

test('a file of an earlier version, which names a household, is still taken back', async () => {
  const file = join(folder, 'old.json');
  writeFileSync(
    file,
    JSON.stringify({ household: 7, mti: '0200', fields: { 3: '179800', 4: '000000001000', 11: '000009' } }),
  );
  const { terminal, reversed } = device('00');
  await lastPurchase(file, codec, () => Promise.reject(new Error('nobody is asked'))).reverse(terminal);
  expect(reversed[0]?.get(35)).toBe('6037990000000071=29122010000000000');
});
