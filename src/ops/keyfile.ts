import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError, fileFault } from './errors.ts';
import { placeOnce, syncUpwards, type DiskAtOnce } from './place-file.ts';

const KEY_BYTES = 32;

/** A 32-byte key kept as hex in a file.
 *  @returns undefined where there is no such file
 *  @throws GatewayError `keyfile.invalid` when it holds anything else, or cannot be read */
export function loadKey(file: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GatewayError('keyfile.invalid', fileFault(file, 'read', cause), { cause });
  }
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  throw new GatewayError(
    'keyfile.invalid',
    `${file} must hold ${KEY_BYTES} bytes as ${2 * KEY_BYTES} hexadecimal digits.`,
  );
}

/** The same, readable by its owner only, and made at random where there is none: whole, and on disk before anything is encrypted under it.
 *  @throws GatewayError `keyfile.invalid` */
export function loadOrCreateKey(file: string, disk?: DiskAtOnce): Buffer {
  try {
    if (existsSync(file))
      syncUpwards(dirname(file), disk); // who made it may have died before this
    else placeOnce(file, randomBytes(KEY_BYTES).toString('hex') + '\n', 0o600, disk);
  } catch (error) {
    throw new GatewayError('keyfile.invalid', fileFault(file, 'written', error), { cause: error });
  }
  const key = loadKey(file);
  if (key !== undefined) return key;
  throw new GatewayError('keyfile.invalid', `${file} was there a moment ago and is gone. Put it back, and try again.`);
}
