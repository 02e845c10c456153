import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is made once a version and then copied: `make` fills an empty one, under another name until it is whole.
 *  @param version what the content depends on, as a hash */
export async function templateFolder(version: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(tmpdir(), `kalabarg-template-${version}`);
  if (existsSync(folder)) return folder;
  const making = mkdtempSync(join(tmpdir(), 'kalabarg-making-'));
  chmodSync(making, 0o755); // as root the database runs under another account
  await make(making);
  try {
    renameSync(making, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(making, { recursive: true, force: true }); // another test process was first
  }
  return folder;
}
