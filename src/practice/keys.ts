import { createHmac, hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { GatewayError } from '../ops/errors.ts';
import { loadKey, loadOrCreateKey } from '../ops/keyfile.ts';

/** All keys of practice, each derived from the one of its file; none has anything to do with a key that guards money. */
export interface PracticeKeys {
  /** Master key of its own software HSM. */
  readonly lmk: Buffer;
  /** Of the drawn terminals: AES-128. */
  readonly tmk: Buffer;
  /** Between that HSM and the practice issuer: AES-128. */
  readonly zpk: Buffer;
  /** PANs are hashed with it. */
  readonly pan: Buffer;
  /** Names the content of requests. */
  readonly content: Buffer;
  /** Says whether a database is of this key. Not secret. */
  readonly checkValue: string;
}

/** @param make in the demo: where there is none
 *  @throws GatewayError `practice.key`, `keyfile.invalid` */
export function practiceKeys(dataDir: string, make: boolean): PracticeKeys {
  const file = join(dataDir, 'secrets', 'practice.key');
  const key = make ? loadOrCreateKey(file) : loadKey(file);
  if (key === undefined) {
    throw new GatewayError(
      'practice.key',
      `KALABARG_PRACTICE_DATABASE_URL is set, and ${file} is missing: 32 bytes as 64 hexadecimal digits, the same for every copy ` +
        'that serves the public door (openssl rand -hex 32).',
    );
  }
  return derived(key);
}

export function derived(key: Buffer): PracticeKeys {
  const of = (name: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `practice ${name}`, bytes));
  return {
    lmk: of('lmk', 32),
    tmk: of('tmk', 16),
    zpk: of('zpk', 16),
    pan: of('pan', 32),
    content: of('content', 32),
    checkValue: createHmac('sha256', key).update('kalabarg check value of practice.key').digest('hex').slice(0, 32),
  };
}
