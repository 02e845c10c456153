import { expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { capturesFolder, jsonLine, readCapture, removeOrder, writeOrder } from '../../src/capture/index.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';
import { CONVERSATIONS, FOREIGN, type Stage } from './conversations.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const making = process.env['KALABARG_MAKE_CAPTURES'];
/** The gateway looks every half second. */
const SEEN_MS = 650;

/** Makes the library anew from the real system: `KALABARG_MAKE_CAPTURES=all npm run jest -- test/captures/make`, or the
 *  names of some, with commas. Without it, it only checks that names are unique. */
test('conversations have names of their own, at least forty of them', () => {
  const names = CONVERSATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(40);
});

(making === undefined ? test.skip : test)(
  'the library is recorded',
  async () => {
    const system = await startSystem();
    const surprises: string[] = [];
    try {
      mkdirSync(join(system.data, 'secrets'), { recursive: true });
      for (const [id, profile] of Object.entries(FOREIGN))
        await system.query('update terminals set profile = $2 where terminal_id = $1', [id, profile]);
      writeFileSync(join(system.data, 'secrets', 'capture.key'), 'ca'.repeat(32), { mode: 0o600 }); // the library's key, no secret
      for (const [index, conversation] of CONVERSATIONS.entries()) {
        if (making !== 'all' && !making?.split(',').includes(conversation.name)) continue;
        surprises.push(...(await record(system, index)));
      }
    } finally {
      await system.stop();
    }
    expect(surprises).toEqual([]);
  },
  600_000,
);

async function record(system: System, index: number): Promise<string[]> {
  const { name, terminals, due, run } = CONVERSATIONS[index]!;
  const file = `${name}.jsonl`;
  writeOrder(system.data, { terminals, share: 0, bank: true, until: Date.now() + 600_000, maxBytes: 1e8, file });
  await sleep(SEEN_MS);
  const household = 100 + index * 5;
  const devices: { close(): void }[] = [];
  const terminal: Stage['terminal'] = async (id) => {
    const device = await system.terminal(id, FOREIGN[id]);
    devices.push(device);
    return device;
  };
  const first = due[0] === 'closed' || name === 'network-before-keys' || terminals[0] !== '10000001' ? undefined : await terminal('10000001');
  const stage = { system, terminal, device: first as never, card: cardOf(household), touched: cardOf(household, null) };
  const answers = await run(stage);
  for (const device of devices) device.close();
  await sleep(100);
  removeOrder(system.data);
  await sleep(SEEN_MS);
  const { frames } = readCapture(join(capturesFolder(system.data), file));
  writeFileSync(join(folder, file), frames.map(jsonLine).join(''));
  const codes = answers.map((answer) => (typeof answer === 'string' ? answer : answer.rc));
  return codes.join() === due.join() ? [] : [`${name}: due ${due.join()}, was ${codes.join()}`];
}
