import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, fileFault } from '../ops/errors.ts';
import { digest } from './seal.ts';

/** `<data>/papers`, for the gateway's account alone: `ab/abcd…`, each file named by the SHA-256 of what is in it; `.part`: what is being
 *  written. */
export interface Vault {
  /** Where something may be written, before it has a name. */
  part(name: string): Promise<string>;
  /** Gives it its name, for good: it is on disk when this returns. */
  place(part: string, file: Buffer): Promise<void>;
  /** @throws GatewayError `papers.missing`, `papers.damaged` */
  read(file: Buffer): Promise<Buffer>;
  remove(file: Buffer): Promise<void>;
  discard(part: string): Promise<void>;
  /** Removes what a process that died was writing. */
  sweep(before: number): Promise<void>;
}

export function openVault(dataDir: string): Vault {
  const folder = join(dataDir, 'papers');
  const parts = join(folder, '.part');
  const pathOf = (file: Buffer): string => {
    const name = file.toString('hex');
    return join(folder, name.slice(0, 2), name);
  };
  return {
    part: async (name) => {
      await mkdir(parts, { recursive: true, mode: 0o700 });
      return join(parts, name);
    },
    place: async (part, file) => {
      const path = pathOf(file);
      const shelf = join(path, '..');
      await mkdir(shelf, { recursive: true, mode: 0o700 });
      await rename(part, path);
      for (const each of [shelf, folder]) await syncFolder(each);
    },
    read: async (file) => {
      const path = pathOf(file);
      let bytes: Buffer;
      try {
        bytes = await readFile(path);
      } catch (cause) {
        throw new GatewayError('papers.missing', `A paper: ${fileFault(path, 'read', cause)} Restore the folder, or mount the one that all copies share.`, { cause }); // prettier-ignore
      }
      if ((await digest(bytes)).equals(file)) return bytes;
      throw new GatewayError('papers.damaged', `${path} was changed on disk. Restore it from its backup.`);
    },
    remove: (file) => rm(pathOf(file), { force: true }),
    discard: (part) => rm(part, { force: true }),
    sweep: async (before) => {
      for (const name of await readdir(parts).catch(() => [])) {
        const path = join(parts, name);
        const found = await stat(path).catch(() => undefined); // another copy may have been first
        if (found !== undefined && found.mtimeMs < before) await rm(path, { force: true });
      }
    },
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
