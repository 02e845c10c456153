import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, loadSpec, type Message } from '../../../../src/codec/index.ts';
import { RIAL } from '../../../../src/field/money-unit.ts';
import { GatewayError } from '../../../../src/ops/errors.ts';
import { openDisk, openQueue } from '../../../../src/simulators/terminal/device/index.ts';
import type { Answer, SimulatedTerminal } from '../../../../src/simulators/terminal/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-queue-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const codec = compile(loadSpec('kalabarg-pos'));
const TRACK = '6037990000000071=29122010000000000';
const purchase = (stan: string): Message =>
  codec.decode(
    codec.encode({
      mti: '0200',
      fields: { 3: '179800', 4: '000000001000', 7: '1127120000', 11: stan, 35: TRACK, 49: '364' },
    }),
  );

/** A gateway that answers so many reversals, and then is away. */
function device(answers: number, rc = '00'): { terminal: SimulatedTerminal; reversed: string[] } {
  const reversed: string[] = [];
  const reverse = (original: Message, reason: string): Promise<Answer> => {
    if (reversed.length === answers) return Promise.reject(new GatewayError('terminal.silence', 'no answer'));
    reversed.push(`${original.get(11)} ${reason} ${original.get(35)}`);
    return Promise.resolve({ rc, message: original, macGood: true, request: original, unit: RIAL });
  };
  const [remind, isFinal] = [() => undefined, (answer: Answer) => ['00', '25'].includes(answer.rc)];
  return { terminal: { reverse, remind, isFinal } as unknown as SimulatedTerminal, reversed };
}

test('reversals wait over a restart, hold no card number, and go in order until one is not answered', async () => {
  const queue = openQueue(openDisk(folder));
  for (const stan of ['000001', '000002', '000003']) queue.add(purchase(stan), stan === '000002' ? 'elsewhere' : '7');
  expect(readFileSync(join(folder, 'reversals.json'), 'utf8')).not.toContain('603799');
  const again = openQueue(openDisk(folder));
  expect(again.size).toBe(3);
  const track2Of = (card: string) => (card === '7' ? TRACK : undefined);
  const busy = device(9, '96');
  await again.send(busy.terminal, track2Of, codec); // no final answer: they are sent again
  expect([busy.reversed.length, again.size]).toEqual([2, 3]);
  const first = device(1);
  await again.send(first.terminal, track2Of, codec);
  expect([first.reversed, again.size]).toEqual([[`000001 68 ${TRACK}`], 2]);
  const second = device(9);
  await again.send(second.terminal, track2Of, codec); // the card of the second is not here
  expect([second.reversed, again.size, openQueue(openDisk(folder)).size]).toEqual([[`000003 68 ${TRACK}`], 1, 1]);
});
