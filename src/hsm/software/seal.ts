import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { Clock } from '../../ops/clock.ts';
import { HsmError } from '../errors.ts';
import type { KeyRef } from '../hsm.ts';

/** What a token holds besides what the reference says. */
export interface SealedKey {
  readonly key: Buffer;
  /** X9.143 mode of use: what of its usage the key may do. */
  readonly mode: string;
  /** X9.143 exportability: `N` never leaves. */
  readonly exportability: string;
}

export interface Sealer {
  /** Short name of the master key: tells tokens of another LMK apart. Not secret. */
  readonly lmkId: string;
  seal(ref: Omit<KeyRef, 'token'>, sealed: SealedKey): string;
  /** @throws HsmError `key.token` when the token is of another LMK, was changed, or belongs to another reference */
  unseal(ref: KeyRef): SealedKey;
}

const VERSION = 1;
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES;

/** The LMK that seals what is new, and the one before, whose tokens are still opened. 32 bytes each. */
export interface Lmks {
  readonly lmk: Buffer;
  readonly previousLmk?: Buffer | undefined;
}

/** A token of an unknown LMK makes us look for a new one, at most this often: a change takes longer to reach a token. */
const UNKNOWN_MS = 20;
/** What is sealed long after a change is sealed under the new LMK, also where no token of it came yet. */
const SEAL_MS = 1_000;

export interface SealerOptions {
  readonly random: (bytes: number) => Buffer;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Gives the present LMKs, when a token of another one comes: the LMK was changed while we run. */
  readonly reload: () => Lmks | undefined;
}

/** Tokens of the software back-end: AES-256-GCM under the LMK, with usage, algorithm, length and KCV bound, in base64url.
 *  @throws HsmError `lmk.invalid` */
export function createSealer(lmks: Lmks, { random, clock, reload }: SealerOptions): Sealer {
  let [present, ...others] = sealingKeys(lmks);
  let reloadedAt = clock.monotonic();
  const look = (everyMs: number): void => {
    if (clock.monotonic() - reloadedAt < everyMs) return;
    const now = reload();
    if (now !== undefined) [present, ...others] = sealingKeys(now);
    reloadedAt = clock.monotonic();
  };
  const find = (id: Buffer): Buffer | undefined => [present, ...others].find((known) => known.id.equals(id))?.key;
  const findAnew = (id: Buffer): Buffer | undefined => {
    look(UNKNOWN_MS);
    return find(id);
  };
  return {
    get lmkId() {
      return present.id.toString('hex').toUpperCase();
    },
    seal: (ref, sealed) => {
      look(SEAL_MS);
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', present.key, nonce).setAAD(bound(ref));
      const plain = Buffer.concat([Buffer.from(sealed.mode + sealed.exportability, 'latin1'), sealed.key]);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      const head = [Buffer.from([VERSION]), present.id, nonce];
      return Buffer.concat([...head, body, cipher.getAuthTag()]).toString('base64url');
    },
    unseal: (ref) => {
      const bytes = Buffer.from(ref.token, 'base64url');
      if (bytes[0] !== VERSION || bytes.length < HEAD_BYTES + TAG_BYTES + 2)
        throw refused('is not one of this back-end');
      const id = bytes.subarray(1, 1 + ID_BYTES);
      const key = find(id) ?? findAnew(id);
      if (key === undefined) throw refused('was made under another LMK');
      return opened(key, bytes, bound(ref));
    },
  };
}

interface SealingKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

function sealingKeys({ lmk, previousLmk }: Lmks): [SealingKey, ...SealingKey[]] {
  return previousLmk === undefined ? [sealingKey(lmk)] : [sealingKey(lmk), sealingKey(previousLmk)];
}

function sealingKey(lmk: Buffer): SealingKey {
  if (lmk.length !== 32) throw new HsmError('lmk.invalid', `The LMK must have 32 bytes; it has ${lmk.length}.`);
  const key = Buffer.from(hkdfSync('sha256', lmk, '', 'kalabarg key token', 32));
  return { key, id: createHmac('sha256', key).update('lmk id').digest().subarray(0, ID_BYTES) };
}

function opened(key: Buffer, bytes: Buffer, aad: Buffer): SealedKey {
  const nonce = bytes.subarray(1 + ID_BYTES, HEAD_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad).setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw refused('was changed, or belongs to a key of another usage, algorithm, length or KCV');
  }
  return {
    mode: plain.toString('latin1', 0, 1),
    exportability: plain.toString('latin1', 1, 2),
    key: plain.subarray(2),
  };
}

function bound(ref: Omit<KeyRef, 'token'>): Buffer {
  return Buffer.from(`${ref.usage}|${ref.algorithm}|${ref.bits}|${ref.kcv}`, 'latin1');
}

function refused(why: string): HsmError {
  return new HsmError('key.token', `The key's token ${why}.`);
}
