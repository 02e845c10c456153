import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
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

/** @throws GatewayError `file.unwritable` */
export function writeText(file: string, text: string | Buffer, mode = 0o666): void {
  writing(file, () => {
    writeFileSync(file, text, { mode });
  });
}

/** @returns a descriptor. @throws GatewayError `file.unwritable` */
export function openToWrite(file: string, mode: number): number {
  return writing(file, () => openSync(file, 'w', mode));
}

/** Before work that takes long, not after it. @throws GatewayError `file.unwritable` */
export function demandWritable(file: string): void {
  writing(file, () => {
    closeSync(openSync(file, 'a'));
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
