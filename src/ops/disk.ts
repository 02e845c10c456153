import { copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What must be on disk before anybody is told of it is written through this port, as time and chance come in, so that a run can tear
 *  a write, fill a disk, and lose what was not synced. Reading needs none: what is there is there. */
export interface Disk {
  /** Makes a folder, and those above it. */
  readonly folder: (path: string) => Promise<void>;
  /** Begins a file anew: whatever was under its name is gone. */
  readonly create: (path: string, mode: number) => Promise<Writing>;
  readonly copy: (from: string, to: string) => Promise<void>;
  /** Takes the place of what stands there. */
  readonly rename: (from: string, to: string) => Promise<void>;
  /** A second name for a file; unlike a rename, it fails with EEXIST where there is one. */
  readonly link: (from: string, to: string) => Promise<void>;
  /** Also where there is none. */
  readonly remove: (path: string) => Promise<void>;
  /** Makes a file's bytes, or a folder's entries (a rename), durable. */
  readonly sync: (path: string) => Promise<void>;
}

/** A file that is being written. */
export interface Writing {
  /** All of it. */
  readonly write: (bytes: Buffer) => Promise<void>;
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Makes a folder for good, with those above it: a folder that was just made is an entry of the one above, and is lost with the power
 *  while that is not synced. Those that are there are synced too: who made them may have died before it did.
 *  @param within a folder above it that is there for good */
export async function keepFolder(disk: Disk, path: string, within: string): Promise<void> {
  await disk.folder(path);
  for (let made = path; made !== within && made !== dirname(made); made = dirname(made)) await disk.sync(dirname(made));
}

/** The machine's own. */
export const systemDisk: Disk = {
  folder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  create: async (path, mode) => {
    const file = await open(path, 'w', mode);
    return {
      write: async (bytes) => {
        for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  copy: copyFile,
  rename,
  link,
  remove: (path) => rm(path, { force: true }),
  sync: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
