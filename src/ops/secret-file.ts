import { readFileSync, statSync } from 'node:fs';
import { fileFault, GatewayError } from './errors.ts';

/** Reads a file that holds a secret: only its owner may be able to.
 *  @returns its text, without blanks at the ends
 *  @throws GatewayError `file.unreadable`, `file.not-private` */
export function readSecretFile(file: string): string {
  try {
    const text = readFileSync(file, 'utf8').trim();
    demandPrivate(file);
    return text;
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('file.unreadable', fileFault(file, 'read', cause), { cause });
  }
}

/** @throws GatewayError `file.not-private` when others than its owner may read or write it */
export function demandPrivate(file: string): void {
  if ((statSync(file).mode & 0o077) === 0) return;
  throw new GatewayError(
    'file.not-private',
    `${file} holds a secret, and others than its owner may read it. Take their rights away: chmod 600 ${file}`,
  );
}
