import { basename, dirname, join } from 'node:path';
import { systemDisk } from './disk.ts';

/** Puts a file there whole and on disk, and only where there is none: what stands there is never written again.
 *  @returns false: something stands there already */
export async function writeOnce(path: string, text: string, mode: number, disk = systemDisk): Promise<boolean> {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  await disk.folder(dirname(path));
  try {
    const file = await disk.create(part, mode);
    try {
      await file.write(Buffer.from(text));
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.link(part, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await disk.remove(part);
    await disk.sync(dirname(path)); // also where another process has put it there a moment ago
  }
}
