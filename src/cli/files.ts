import { closeSync, existsSync, fchmodSync, fstatSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { fileFault, GatewayError } from '../ops/errors.ts';

/** Files that a command line names. */

/** @throws GatewayError `file.unreadable`, with the file, the reason and what to do */
export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

export function unreadable(file: string, cause: unknown): GatewayError {
  return new GatewayError('file.unreadable', fileFault(file, 'read', cause), { cause });
}

/** UTF-8. @throws GatewayError `file.unreadable` */
export function readText(file: string): string {
  return readBytes(file).toString('utf8');
}

/** @param mode as of `openToWrite`. @throws GatewayError `file.unwritable` */
export function writeText(file: string, text: string | Buffer, mode?: number): void {
  const opened = openToWrite(file, mode);
  try {
    writing(file, () => {
      writeFileSync(opened, text);
    });
  } finally {
    closeSync(opened);
  }
}

/** @param mode of the file, also where there was one of another before: it is set before a byte is in it (default: as the account has it)
 *  @returns a descriptor. @throws GatewayError `file.unwritable` */
export function openToWrite(file: string, mode?: number): number {
  return writing(file, () => {
    const opened = openSync(file, 'w', mode);
    if (mode !== undefined && fstatSync(opened).isFile()) fchmodSync(opened, mode);
    return opened;
  });
}

/** Before work that takes long, not after it: nothing is there that was not before. @throws GatewayError `file.unwritable` */
export function demandWritable(file: string): void {
  const there = existsSync(file);
  writing(file, () => {
    closeSync(openSync(file, 'a', 0o600));
    if (!there) rmSync(file);
  });
}

/** @throws GatewayError `file.unwritable` */
export function makeFolder(folder: string): void {
  writing(folder, () => {
    mkdirSync(folder, { recursive: true });
  });
}

function writing<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unwritable(place, cause);
  }
}

export function unwritable(file: string, cause: unknown): GatewayError {
  return new GatewayError('file.unwritable', fileFault(file, 'written', cause), { cause });
}
