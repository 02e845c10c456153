import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from './errors.ts';

const KEY_BYTES = 32;

/** A 32-byte key kept as hex in a file that only its owner can read; made at random where there is none.
 *  @throws GatewayError `keyfile.invalid` when the file holds anything else */
export function loadOrCreateKey(file: string): Buffer {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(KEY_BYTES).toString('hex') + '\n', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = readFileSync(file, 'utf8').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  throw new GatewayError(
    'keyfile.invalid',
    `${file} must hold ${KEY_BYTES} bytes as ${2 * KEY_BYTES} hexadecimal digits.`,
  );
}
