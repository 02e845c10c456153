import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chanceOf } from '../../simulation/chance.ts';
import { SimulatedDisk } from '../../simulation/disk.ts';
import { keepFolder, type Disk } from '../../src/ops/disk.ts';
import { builtInProfile } from '../../src/settlement/payments/profile.ts';
import { writePaymentFile } from '../../src/settlement/payments/write.ts';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'kalabarg-disk-'))));
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

class Death extends Error {}

/** A disk and a process on it, which dies before its `at`th operation. */
function machine(seed: string, at = Number.POSITIVE_INFINITY): { disk: SimulatedDisk; process: Disk } {
  const disk = new SimulatedDisk(chanceOf(seed));
  const process = disk.of(() => {
    if (disk.operations >= at) return Promise.reject(new Death());
    return Promise.resolve();
  });
  return { disk, process };
}

/** @returns whether it came to its end */
async function unlessItDies(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Death) return false;
    throw error;
  }
}

async function put(disk: Disk, path: string, bytes: Buffer, synced: boolean): Promise<void> {
  const file = await disk.create(path, 0o640);
  await file.write(bytes);
  if (synced) await file.sync();
  await file.close();
}

test('what was not synced can be torn, zeros, or lost, and what was is there', async () => {
  const bytes = Buffer.from('all of it');
  const seen = { whole: 0, torn: 0, zeros: 0, lost: 0 };
  for (let seed = 0; seed < 60; seed++) {
    const { disk, process } = machine(`torn ${seed}`);
    const [kept, left] = [join(root, 'kept'), join(root, 'left')];
    await put(process, kept, bytes, true);
    await process.sync(root);
    await put(process, left, bytes, false);
    disk.losePower();
    expect(readFileSync(kept)).toEqual(bytes);
    const there = existsSync(left) ? readFileSync(left) : undefined;
    if (there === undefined) seen.lost++;
    else if (there.equals(bytes)) seen.whole++;
    else if (there.includes(0)) seen.zeros++;
    else seen.torn++;
    rmSync(left, { force: true });
  }
  expect(seen.whole).toBe(0);
  expect(Math.min(seen.torn, seen.zeros, seen.lost)).toBeGreaterThan(2);
});

test('a rename is undone with the power while either folder is not synced, and a full disk takes what fits', async () => {
  const [one, two] = [join(root, 'one'), join(root, 'two')];
  const stays = { here: 0, there: 0 };
  for (let seed = 0; seed < 20; seed++) {
    const { disk, process } = machine(`rename ${seed}`);
    for (const folder of [one, two]) await keepFolder(process, folder, root);
    await put(process, join(one, 'a'), Buffer.from('x'), true);
    await process.sync(one);
    await process.rename(join(one, 'a'), join(two, 'a'));
    await process.sync(two);
    disk.losePower();
    stays[existsSync(join(two, 'a')) ? 'there' : 'here']++;
    rmSync(two, { recursive: true });
  }
  expect(Math.min(stays.here, stays.there)).toBeGreaterThan(2);
  const { disk, process } = machine('full');
  disk.room = 3;
  await expect(put(process, join(root, 'b'), Buffer.from('more'), true)).rejects.toThrow('ENOSPC');
  expect(readFileSync(join(root, 'b'), 'utf8')).toBe('mor');
});

test('a folder that was made is there after the power was lost, whoever died while making it', async () => {
  for (let at = 0; at < 8; at++) {
    const path = join(root, `a${at}`, 'b', 'c');
    const first = machine(`folder ${at}`, at);
    await unlessItDies(keepFolder(first.process, path, root));
    const { disk } = first;
    await keepFolder(
      disk.of(() => Promise.resolve()),
      path,
      root,
    );
    disk.losePower();
    expect(existsSync(path)).toBe(true);
  }
});

/** A payment file of two orders. */
async function write(disk: Disk, path: string): Promise<void> {
  const profile = builtInProfile('ccti-1');
  const order = (instructionId: string, amountRials: bigint) => ({
    instructionId,
    sheba: 'IR370120000000200000000002',
    name: 'فروشگاه نمونه',
    amountRials,
    merchant: '000000000000001',
    creditorId: undefined,
  });
  async function* pages() {
    yield await Promise.resolve([order('14050101000001', 1_000n)]);
    yield await Promise.resolve([order('14050101000002', 2_500n)]);
  }
  const head = {
    messageId: `${profile.debtorSheba}000000001`,
    createdOn: '2026-03-22',
    payOn: '2026-03-22',
    count: 2,
    sumRials: 3_500n,
    rail: 'PAYA',
  } as const;
  await writePaymentFile(path, profile, head, pages(), disk);
}

test('a payment file is there whole or not at all, at whatever step its maker dies and the power is lost', async () => {
  const path = join(root, 'file.ccti');
  const { disk, process } = machine('whole');
  await write(process, path);
  const whole = readFileSync(path);
  const operations = disk.operations;
  expect(operations).toBeGreaterThan(6);
  disk.losePower();
  expect(readFileSync(path)).toEqual(whole);
  const seen = { there: 0, away: 0 };
  for (let at = 0; at <= operations; at++) {
    for (let seed = 0; seed < 6; seed++) {
      rmSync(path, { force: true });
      const dying = machine(`${at} ${seed}`, at);
      const told = await unlessItDies(write(dying.process, path));
      dying.disk.losePower();
      if (existsSync(path)) expect(readFileSync(path)).toEqual(whole);
      else expect(told).toBe(false);
      seen[existsSync(path) ? 'there' : 'away']++;
      await write(
        dying.disk.of(() => Promise.resolve()),
        path,
      );
      dying.disk.losePower();
      expect(readFileSync(path)).toEqual(whole);
    }
  }
  expect(Math.min(seen.there, seen.away)).toBeGreaterThan(0);
});
