import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A disk as it is used at once, for files that are small and rare; see `Disk` for those that are not. */
export interface DiskAtOnce {
  readonly folder: (path: string, mode: number) => void;
  /** All of a file, begun anew. */
  readonly write: (path: string, bytes: string | Buffer, mode: number) => void;
  readonly sync: (path: string) => void;
  /** A second name for a file; unlike a rename, it fails with EEXIST where there is one. */
  readonly link: (from: string, to: string) => void;
  readonly rename: (from: string, to: string) => void;
  readonly remove: (path: string) => void;
}

const systemDiskAtOnce: DiskAtOnce = {
  folder: (path, mode) => {
    mkdirSync(path, { recursive: true, mode });
  },
  write: (path, bytes, mode) => {
    writeFileSync(path, bytes, { mode });
  },
  sync: (path) => {
    const opened = openSync(path, 'r');
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  },
  link: linkSync,
  rename: renameSync,
  remove: (path) => {
    rmSync(path, { force: true });
  },
};

/** Puts a file there whole and on disk, in the place of what stands there: at no moment is neither. */
export function placeFile(path: string, bytes: string | Buffer, mode: number, disk = systemDiskAtOnce): void {
  place(path, bytes, mode, disk, disk.rename);
}

/** The same, and only where there is none; its folder is made, for its owner alone, and is there for good as well. For keys: what is
 *  encrypted under one that the next loss of power takes is lost with it.
 *  @returns false: something stands there already */
export function placeOnce(path: string, bytes: string | Buffer, mode: number, disk = systemDiskAtOnce): boolean {
  disk.folder(dirname(path), 0o700);
  try {
    place(path, bytes, mode, disk, disk.link);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    syncUpwards(dirname(path), disk); // also where another process has put it there a moment ago
  }
}

function place(path: string, bytes: string | Buffer, mode: number, disk: DiskAtOnce, name: DiskAtOnce['rename']): void {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    disk.write(part, bytes, mode);
    disk.sync(part);
    name(part, path);
    disk.sync(dirname(path));
  } finally {
    disk.remove(part);
  }
}

const NOT_OURS = new Set(['EACCES', 'EPERM', 'EROFS', 'EINVAL']);

/** Makes the names of a folder's files last, and its own: a folder that was just made is an entry of the one above it. Those that are not ours
 *  to open were there before. */
export function syncUpwards(folder: string, disk = systemDiskAtOnce): void {
  for (let above = folder; ; above = dirname(above)) {
    try {
      disk.sync(above);
    } catch (error) {
      if (NOT_OURS.has((error as NodeJS.ErrnoException).code ?? '')) return;
      throw error;
    }
    if (above === dirname(above)) return;
  }
}
