import { link, mkdir, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Puts a file there whole and on disk, and only where there is none: what stands there is never written again.
 *  @returns false: something stands there already */
export async function writeOnce(path: string, text: string, mode: number): Promise<boolean> {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(part, 'w', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(part, path); // unlike a rename, it fails where there is one
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}
