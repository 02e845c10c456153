import { constants, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { dirname } from 'node:path';
import type { Disk } from '../src/ops/disk.ts';
import type { DiskAtOnce } from '../src/ops/place-file.ts';
import type { Chance } from './chance.ts';

/** A change of folders that is not durable before each of them was synced. */
interface Entry {
  readonly folders: Set<string>;
  readonly undo: () => void;
}

/** The disk of a run: real files, of which what was not synced is lost with the power, at any byte, and which can be full. Each thing
 *  that is done to it is a step, so that who does it can die between any two of them. */
export class SimulatedDisk {
  readonly #chance: Chance;
  /** How many bytes are durable, of files that were written to since the power was last lost. */
  readonly #synced = new Map<string, number>();
  #entries: Entry[] = [];
  /** So many bytes still fit. */
  room = Number.POSITIVE_INFINITY;
  /** What was done to it so far. */
  operations = 0;
  readonly counts = { torn: 0, lost: 0, full: 0 };

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** As one process reaches it. @param turn called before each thing that is done, and waited for: it may never come */
  of(turn: (label: string) => Promise<void>): Disk {
    const step = async <T>(label: string, work: () => T): Promise<T> => {
      await turn(`disk ${label}`);
      this.operations++;
      return work();
    };
    return {
      folder: (path) =>
        step('folder', () => {
          this.#folder(path);
        }),
      create: async (path, mode) => {
        await step('create', () => {
          this.#begin(path, mode);
        });
        return {
          write: (bytes) =>
            step('write', () => {
              this.#append(path, bytes);
            }),
          sync: () =>
            step('sync', () => {
              this.#sync(path);
            }),
          close: () => step('close', () => undefined),
        };
      },
      copy: (from, to) =>
        step('copy', () => {
          this.#begin(to, statSync(from).mode);
          this.#append(to, readFileSync(from));
        }),
      rename: (from, to) =>
        step('rename', () => {
          this.#rename(from, to);
        }),
      link: (from, to) =>
        step('link', () => {
          this.#link(from, to);
        }),
      remove: (path) =>
        step('remove', () => {
          this.#remove(path);
        }),
      sync: (path) =>
        step('sync', () => {
          this.#sync(path);
        }),
    };
  }

  /** As one process reaches it that waits for nothing. @param turn called before each thing that is done */
  atOnce(turn: (label: string) => void): DiskAtOnce {
    const step = (label: string, work: () => void): void => {
      turn(label);
      this.operations++;
      work();
    };
    return {
      folder: (path) => {
        step('folder', () => {
          this.#folder(path);
        });
      },
      write: (path, bytes, mode) => {
        step('create', () => {
          this.#begin(path, mode);
        });
        step('write', () => {
          this.#append(path, Buffer.from(bytes));
        });
      },
      sync: (path) => {
        step('sync', () => {
          this.#sync(path);
        });
      },
      link: (from, to) => {
        step('link', () => {
          this.#link(from, to);
        });
      },
      rename: (from, to) => {
        step('rename', () => {
          this.#rename(from, to);
        });
      },
      remove: (path) => {
        step('remove', () => {
          this.#remove(path);
        });
      },
    };
  }

  /** The machine stops. Of what was written and not synced only the beginning is there, or zeros are in its place; of changes of folders
   *  only the first ones are. */
  losePower(): void {
    const kept = this.#chance.between(0, this.#entries.length);
    for (const { undo } of this.#entries.splice(kept).reverse()) {
      undo();
      this.counts.lost++;
    }
    for (const [path, durable] of this.#synced) {
      if (!existsSync(path)) continue;
      const { size } = statSync(path);
      if (size <= durable) continue;
      const there = this.#chance.between(durable, size - 1);
      truncateSync(path, there);
      if (this.#chance.happens(0.3)) truncateSync(path, size); // the length was written, and what is there was not
      this.counts.torn++;
    }
    this.#entries = [];
    this.#synced.clear();
  }

  /** A folder that was just made is an entry of the one above it, as a file is. */
  #folder(path: string): void {
    if (existsSync(path)) return;
    this.#folder(dirname(path));
    mkdirSync(path);
    this.#remember([dirname(path)], () => {
      rmSync(path, { recursive: true });
    });
  }

  #begin(path: string, mode: number): void {
    const isNew = !existsSync(path);
    writeFileSync(path, '', { mode });
    this.#synced.set(path, 0);
    if (!isNew) return;
    this.#remember([dirname(path)], () => {
      rmSync(path, { force: true });
    });
  }

  #append(path: string, bytes: Buffer): void {
    const fits = Math.min(bytes.length, this.room);
    this.room -= fits;
    writeFileSync(path, bytes.subarray(0, fits), { flag: 'a' });
    if (fits === bytes.length) return;
    this.counts.full++;
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }

  #rename(from: string, to: string): void {
    const before = existsSync(to) ? readFileSync(to) : undefined;
    const durable = this.#synced.get(from);
    renameSync(from, to);
    this.#synced.delete(from);
    this.#synced.delete(to);
    if (durable !== undefined) this.#synced.set(to, durable);
    this.#remember([dirname(from), dirname(to)], () => {
      renameSync(to, from);
      this.#synced.delete(to);
      if (durable !== undefined) this.#synced.set(from, durable);
      if (before !== undefined) writeFileSync(to, before);
    });
  }

  /** Of files that are not written to any more. */
  #link(from: string, to: string): void {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    const durable = this.#synced.get(from);
    if (durable !== undefined) this.#synced.set(to, durable);
    this.#remember([dirname(to)], () => {
      rmSync(to, { force: true });
    });
  }

  #remove(path: string): void {
    if (!existsSync(path)) return;
    const [bytes, durable] = [readFileSync(path), this.#synced.get(path)];
    rmSync(path);
    this.#synced.delete(path);
    this.#remember([dirname(path)], () => {
      writeFileSync(path, bytes);
      if (durable !== undefined) this.#synced.set(path, durable);
    });
  }

  #remember(folders: string[], undo: () => void): void {
    this.#entries.push({ folders: new Set(folders), undo });
  }

  #sync(path: string): void {
    if (!statSync(path).isDirectory()) {
      this.#synced.set(path, statSync(path).size);
      return;
    }
    for (const { folders } of this.#entries) folders.delete(path);
    this.#entries = this.#entries.filter(({ folders }) => folders.size > 0);
  }
}
