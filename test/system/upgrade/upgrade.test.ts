import { afterAll, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openShop, type Shop } from '../../../faults/shop.ts';
import { compare } from '../../../faults/judge.ts';
import { disagreements, unrest } from '../chaos/agreement.ts';
import { PROGRAM } from '../chaos/parts.ts';
import { command, startWorld, type World } from '../chaos/world.ts';
import { makeNext } from './next.ts';

/** One version after the other under load, and back. The old one is this build and the new one what might come after it (next.ts); with
 *  KALABARG_UPGRADE_FROM=<a built checkout> the old one is that, and the new one this build (`npm run test:upgrade`). */
const FROM = process.env['KALABARG_UPGRADE_FROM'];
const RATE = Number(process.env['KALABARG_UPGRADE_RATE'] ?? 30);
const STRETCH_MS = Number(process.env['KALABARG_UPGRADE_STRETCH_MS'] ?? 1_500);
jest.setTimeout(600_000);

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-upgrade-'));
let world: World | undefined;
let shop: Shop | undefined;
afterAll(async () => {
  await shop?.close();
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('two versions sell side by side, the new one after the old, and back: nothing is lost, nothing doubled', async () => {
  const old = FROM === undefined ? PROGRAM : join(FROM, 'bin/kalabarg.js');
  const next = FROM === undefined ? makeNext(folder) : PROGRAM;
  world = await startWorld(7, old);
  const { copies, databaseUrl } = world;
  const customers = openShop(
    world.data,
    world.terminalPorts.map((port) => ({ host: '127.0.0.1', port })),
    RATE,
    7,
  );
  shop = customers;
  const told: string[] = [];
  /** Something is done while customers buy. */
  const during = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    customers.mark();
    await sleep(STRETCH_MS);
    await work();
    const { approved: before } = customers.heard();
    await sleep(STRETCH_MS);
    while (customers.heard().approved <= before) await sleep(25);
    const { asked, approved, silentMs, worstTerminalMs } = customers.heard();
    told.push(
      `${what}: ${asked} asked, ${approved} approved, none for ${silentMs} ms, at one terminal ${worstTerminalMs} ms`,
    );
  };
  const become = (program: string, which: readonly number[]) => async (): Promise<void> => {
    for (const i of which) {
      await copies[i]?.stop();
      copies[i]?.become(program);
      await copies[i]?.start();
    }
  };

  customers.open();
  while (customers.heard().approved === 0) await sleep(25);
  await during('nothing happens', () => Promise.resolve());
  await during('kalabarg db migrate of the new version', () => command(next, ['db', 'migrate'], databaseUrl));
  await during('one copy is the new version', become(next, [0]));
  const [first, second] = await runs(world);
  expect(first).not.toEqual(second);
  await during('kalabarg db contract too early', async () => {
    const { removed } = JSON.parse(await command(next, ['db', 'contract', '--json'], databaseUrl)) as {
      removed: string[];
    };
    expect(removed).toEqual([]);
  });
  await during('both are', become(next, [1]));
  expect(await runs(world)).toEqual([first, first]);
  if (FROM === undefined) {
    await during('and back: one copy is the old version again', become(old, [0]));
    await during('both are again', become(old, [1]));
    expect(await runs(world)).toEqual([second, second]);
  }
  await customers.rest();
  const open = customers.views;
  while (!atRest(await unrest(world))) await sleep(100);
  expect(world.fallen()).toEqual([]);
  expect(await disagreements(world, open)).toEqual([]);
  const rows = await world.query<{ name: string; approved: boolean }>(
    `select concat_ws(' ', terminal_id, stan, local_time, local_date) as name, state = 'approved' as approved
       from transactions where kind = 'purchase'`,
  );
  expect(compare(open, rows)).toEqual({ lost: 0, doubled: 0 });
  expect(await world.verify()).toEqual([]);
  console.log(told.join('\n'));
});

const atRest = ({ held, advices, heldCredit }: Awaited<ReturnType<typeof unrest>>): boolean =>
  held === 0 && advices === 0 && heldCredit === 0n;

/** By which functions each copy decides; of a version that does not say: nothing. */
async function runs({ httpPorts }: World): Promise<unknown[]> {
  return Promise.all(
    httpPorts.map(async (port) => {
      const { functions } = (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as { functions?: string };
      return functions;
    }),
  );
}
