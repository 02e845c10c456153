import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chanceOf } from '../../simulation/chance.ts';
import { SimulatedDisk } from '../../simulation/disk.ts';
import { readLmkFiles, replaceLmkFile } from '../../src/hsm/software/lmk-file.ts';
import { loadKey, loadOrCreateKey } from '../../src/ops/keyfile.ts';
import { placeFile, placeOnce, type DiskAtOnce } from '../../src/ops/place-file.ts';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'kalabarg-keys-'))));
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

class Death extends Error {}

/** Lets `work` run on disks that lose their power before its first, second … last operation, and after it, some seeds each.
 *  @param around prepares before each, and says what must hold after the power is back; `told`: it came to its end */
function everywhere(around: () => { work: (disk: DiskAtOnce) => unknown; holds: (told: boolean) => void }): number {
  for (let at = 0; ; at++) {
    let isOver = false;
    for (let seed = 0; seed < 8; seed++) {
      const { work, holds } = around();
      const disk = new SimulatedDisk(chanceOf(`${at} ${seed}`));
      const process = disk.atOnce(() => {
        if (disk.operations >= at) throw new Death();
      });
      let told = true;
      try {
        work(process);
      } catch (error) {
        if (!(error instanceof Death) && !((error as Error).cause instanceof Death)) throw error;
        told = false;
      }
      disk.losePower();
      holds(told);
      isOver = told;
    }
    if (isOver) return at;
  }
}

test('a key under which something may be encrypted is there after the power was lost, and a torn one never is', () => {
  let count = 0;
  const operations = everywhere(() => {
    const file = join(root, `${++count}`, 'secrets', 'pan.key');
    let made: Buffer | undefined;
    return {
      work: (disk) => (made = loadOrCreateKey(file, disk)),
      holds: (told) => {
        const found = loadKey(file); // throws where it is torn
        if (told) expect(found).toEqual(made);
        // Another takes it up, and loses its power in turn.
        const disk = new SimulatedDisk(chanceOf('next'));
        const next = loadOrCreateKey(
          file,
          disk.atOnce(() => undefined),
        );
        disk.losePower();
        expect(loadKey(file)).toEqual(next);
      },
    };
  });
  expect(operations).toBeGreaterThan(5);
});

test('while the LMK is replaced, the one that keys lie under is there, whenever the power is lost', () => {
  let count = 0;
  const operations = everywhere(() => {
    const config = {
      data: join(root, `${++count}`),
      hsm: { backend: 'software', lmk: '', lmkPassphrase: '', lmkFile: '' },
    } as unknown as Parameters<typeof replaceLmkFile>[0];
    const before = loadOrCreateKey(join(config.data, 'secrets', 'lmk.key'));
    return {
      work: (disk) => {
        replaceLmkFile(config, disk);
      },
      holds: (told) => {
        const { lmk, previousLmk } = readLmkFiles(config);
        expect([lmk, previousLmk]).toContainEqual(before);
        if (told) expect(lmk).not.toEqual(before);
      },
    };
  });
  expect(operations).toBeGreaterThan(8);
});

test('what takes the place of another is the old or the new, whole; a full disk changes nothing', () => {
  const file = join(root, 'list.crl');
  const [old, fresh] = ['the list of yesterday', 'the list of today, which is longer'];
  everywhere(() => {
    placeFile(file, old, 0o644);
    return {
      work: (disk) => {
        placeFile(file, fresh, 0o644, disk);
      },
      holds: (told) => {
        expect(told ? [fresh] : [old, fresh]).toContain(readFileSync(file, 'utf8'));
      },
    };
  });
  const disk = new SimulatedDisk(chanceOf('full'));
  disk.room = 5;
  const process = disk.atOnce(() => undefined);
  expect(() => {
    placeFile(file, old, 0o644, process);
  }).toThrow('ENOSPC');
  expect(readFileSync(file, 'utf8')).toBe(fresh);
  const key = join(root, 'new', 'key');
  expect(() => placeOnce(key, 'more than fits', 0o600, process)).toThrow('ENOSPC');
  expect(existsSync(key)).toBe(false);
  expect(placeOnce(key, 'first', 0o600)).toBe(true);
  expect(placeOnce(key, 'second', 0o600)).toBe(false);
  expect(readFileSync(key, 'utf8')).toBe('first');
});
