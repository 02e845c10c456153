import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Small secrets at rest: AES-256-GCM, each under a nonce of its own. */

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param key 32 bytes
 *  @param owner bound to it: a sealed secret that is moved to another owner does not open
 *  @returns nonce, ciphertext, tag */
export function seal(key: Buffer, secret: Buffer, owner: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** @returns undefined: it was sealed under another key or for another owner, or was changed */
export function open(key: Buffer, sealed: Buffer, owner: string): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]);
  } catch {
    return undefined; // the tag does not hold: that is the answer, and says no more
  }
}
