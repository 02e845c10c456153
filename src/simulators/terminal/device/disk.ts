import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileFault, GatewayError } from '../../../ops/errors.ts';

/** The flash of a device: a file is there whole or not at all, whenever the current goes. Names are paths below its folder, made
 *  here and never by what comes from outside. */
export interface Disk {
  /** @returns undefined: there is none */
  read(name: string): Buffer | undefined;
  size(name: string): number;
  /** Names in a folder; of a folder that is not there, none. */
  names(folder: string): readonly string[];
  /** Whole, on the disk, in the place of what stood there. */
  write(name: string, bytes: Uint8Array): void;
  /** To the end of a file; when the current goes, a part of it may be there. */
  append(name: string, bytes: Uint8Array): void;
  move(from: string, to: string): void;
  remove(name: string): void;
}

/** The current went while something was written. Nothing more happens on this disk until it is opened again. */
export class PowerCut extends Error {}

/** Asked before every single step that changes the disk. @returns false: the current goes in the middle of it */
export type Power = () => boolean;

const MODE = 0o600;

/** @param power for tests: without it the current stays
 *  @throws GatewayError `file.unwritable` when the folder cannot be made */
export function openDisk(folder: string, power: Power = () => true): Disk {
  let dead = false;
  const path = (name: string): string => join(folder, name);
  /** Does a step, or a part of it and nothing after. */
  const step = (whole: () => void, part: () => void = () => undefined): void => {
    if (dead) throw new PowerCut('there is no current');
    if (power()) {
      whole();
      return;
    }
    dead = true;
    part();
    throw new PowerCut('the current went');
  };
  makeFolder(folder);
  return {
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name)) : undefined),
    size: (name) => (existsSync(path(name)) ? statSync(path(name)).size : 0),
    names: (below) => (existsSync(path(below)) ? readdirSync(path(below)).sort() : []),
    write: (name, bytes) => {
      const fresh = `${path(name)}.new`;
      makeFolder(dirname(fresh));
      step(
        () => {
          put(fresh, 'w', bytes);
        },
        () => {
          put(fresh, 'w', bytes.subarray(0, bytes.length >> 1));
        },
      );
      step(() => {
        renameSync(fresh, path(name));
      });
      syncFolder(dirname(fresh));
    },
    append: (name, bytes) => {
      makeFolder(dirname(path(name)));
      step(
        () => {
          put(path(name), 'a', bytes);
        },
        () => {
          put(path(name), 'a', bytes.subarray(0, bytes.length >> 1));
        },
      );
    },
    move: (from, to) => {
      makeFolder(dirname(path(to)));
      step(() => {
        renameSync(path(from), path(to));
      });
      syncFolder(dirname(path(to)));
    },
    remove: (name) => {
      if (!existsSync(path(name))) return;
      step(() => {
        rmSync(path(name));
      });
    },
  };
}

function put(file: string, flags: 'w' | 'a', bytes: Uint8Array): void {
  const fd = openSync(file, flags, MODE);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A rename is on the disk when its folder is. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new GatewayError('file.unwritable', fileFault(folder, 'written', cause), { cause });
  }
}
