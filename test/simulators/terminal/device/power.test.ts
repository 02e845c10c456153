import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PowerCut } from '../../../../src/simulators/terminal/device/index.ts';
import { goodsBytes, menuBytes } from './repository.ts';
import { told, World } from './world.ts';

/** The current goes at the first write, at the second, the third … until an update passes without it. */

let world: World;
const base = mkdtempSync(join(tmpdir(), 'kalabarg-power-'));

beforeAll(async () => {
  world = new World();
  world.pieceBytes = 150; // some writes of a download
  world.repository.release(
    { component: 'menu', counter: 1, bytes: menuBytes(false) },
    { component: 'goods', counter: 1, bytes: goodsBytes(['برنج']) },
  );
  await (await world.start()).device.check('date');
  world.repository.release({ component: 'menu', counter: 2, bytes: menuBytes(true) });
  cpSync(world.folder, base, { recursive: true });
});
afterAll(() => {
  world.close();
  rmSync(base, { recursive: true, force: true });
});

/** @returns a current that goes at the write of that number, and how many there were */
function current(at: number): { power: () => boolean; writes: () => number } {
  let writes = 0;
  return { power: () => ++writes !== at, writes: () => writes };
}

/** @returns whether the current went */
async function cutAt(at: number): Promise<boolean> {
  const { power, writes } = current(at);
  try {
    await (await world.start(power)).device.check('date');
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  return writes() >= at;
}

const menuOf = ({ running }: { running: { menu: { entries: readonly unknown[] } | undefined } }) =>
  running.menu?.entries.length;

test('at whichever write it goes, a slot that works comes up, and the update is there in the end', async () => {
  const ends: string[] = [];
  let at = 1;
  for (; ; at++) {
    rmSync(world.folder, { recursive: true, force: true });
    cpSync(base, world.folder, { recursive: true });
    world.reports.length = 0;
    if (!(await cutAt(at))) break;
    // it goes again while the device recovers
    await cutAt(1 + (at % 5));
    const { device } = await world.start();
    const up = menuOf(device);
    const goods = device.running.goods?.goods.length;
    await device.check('date');
    ends.push(
      `${up === 1 || up === 2 ? 'works' : 'dead'} ${goods} ${menuOf(device)} ${told(await device.check('date'))[0]}`,
    );
    const counters = world.reports.map(({ counter }) => counter);
    expect([...counters].sort((a, b) => a - b)).toEqual(counters); // none goes back
  }
  expect(at).toBeGreaterThan(20);
  expect(new Set(ends)).toEqual(new Set(['works 1 2 menu 2 had']));
});

test('a device that was never updated comes up with the slot of its factory', async () => {
  for (let at = 1; ; at++) {
    rmSync(world.folder, { recursive: true, force: true });
    const { power, writes } = current(at);
    try {
      await world.start(power);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    if (writes() < at) break;
    const { device } = await world.start();
    expect([device.slot, device.running.menu]).toEqual(['A', undefined]);
  }
});

test('a slot that is cut off in its trial again and again does not come up any more', async () => {
  rmSync(world.folder, { recursive: true, force: true });
  cpSync(base, world.folder, { recursive: true });
  // each time the new slot starts, the current goes
  const before = { ...world.host };
  const disk = current(Number.POSITIVE_INFINITY);
  let off = false;
  const power = () => !off && disk.power();
  Object.assign(world.host, {
    signOn: () => {
      off = true; // the next write is the verdict on the slot
      return Promise.resolve();
    },
  });
  const outcomes: string[] = [];
  for (let turn = 0; turn < 5; turn++) {
    off = false;
    try {
      const { device, outcomes: ofBoot } = await world.start(power);
      outcomes.push(...told(ofBoot));
      if (ofBoot.length > 0) break;
      await device.check('date');
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
  }
  Object.assign(world.host, before);
  expect(outcomes).toEqual(['menu 2 rolled-back interrupted']);
  const { device } = await world.start();
  expect(menuOf(device)).toBe(1);
});

test('flash that is worn out: the other slot comes up, or the factory’s', async () => {
  rmSync(world.folder, { recursive: true, force: true });
  cpSync(base, world.folder, { recursive: true });
  await (await world.start()).device.check('date'); // menu 2 in A, menu 1 in B
  cpSync(join(world.folder, 'B', 'menu'), join(world.folder, 'A', 'menu'));
  const { device } = await world.start();
  expect([device.slot, menuOf(device)]).toEqual(['B', 1]);
  expect(told(await device.check('date'))).toContain('menu 2 confirmed');
});
