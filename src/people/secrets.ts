import { hkdfSync, randomBytes } from 'node:crypto';
import { GatewayError } from '../ops/errors.ts';
import { open } from '../ops/seal.ts';
import { sha256 } from '../ops/sha256.ts';

export { seal } from '../ops/seal.ts';

/** What people's secrets are kept under. Derived from the key that every copy of the gateway shares (secrets/pan.key), so that a
 *  copy of the database alone opens no second factor, and no password can be guessed at from it. */
export interface PeopleKeys {
  /** Mixed into every password hash. 32 bytes */
  readonly pepper: Buffer;
  /** AES-256, of TOTP secrets. */
  readonly seal: Buffer;
}

/** @param shared 32 bytes */
export function peopleKeys(shared: Buffer): PeopleKeys {
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', shared, '', purpose, 32));
  return { pepper: derive('password pepper'), seal: derive('second factors') };
}

/** @throws GatewayError `people.sealed` when it was sealed under another key, or for somebody else */
export function unseal(key: Buffer, sealed: Buffer, owner: string): Buffer {
  const secret = open(key, sealed, owner);
  if (secret !== undefined) return secret;
  throw new GatewayError(
    'people.sealed',
    'A second factor does not open with this secrets/pan.key. Put back the key that it was made with, or reset the person.',
  );
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, without padding. */
export function base32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >>> (bits - 5)) & 31] ?? '';
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + (BASE32[(value << (5 - bits)) & 31] ?? '');
}

/** A code of 100 random bits that a person types: `ABCD-EFGH-…`, five groups. */
export function typedCode(): string {
  return (base32(randomBytes(13)).slice(0, 20).match(/.{4}/g) ?? []).join('-');
}

/** The same however it was typed: small letters, spaces, no hyphens. */
export function typedCodeHash(text: string): Buffer {
  return sha256(text.toUpperCase().replace(/[^A-Z2-7]/g, ''));
}
