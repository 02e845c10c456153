import { timingSafeEqual } from 'node:crypto';
import { blockCipher, type BlockCipher, type CmacKeys } from './cipher.ts';

/** ISO 9797-1 algorithm 3 with padding 1, 8 bytes: what TDES terminals send (wire.md 8).
 *  @param key 16 bytes */
export function retailMac(key: Uint8Array, data: Uint8Array): Buffer {
  return blockCipher('TDES', key).retailMac(data);
}

/** CMAC (NIST SP 800-38B), 16 bytes under an AES key. Take the leftmost 8 for wire.md 8. */
export function cmac(key: Uint8Array, data: Uint8Array): Buffer {
  return cmacWith(blockCipher('AES', key), data);
}

/** CMAC under any cipher: 8 bytes for TDES, 16 for AES. */
export function cmacWith(cipher: BlockCipher, data: Uint8Array): Buffer {
  const size = cipher.blockBytes;
  const { whole, padded } = (cipher.cmacKeys ??= cmacKeys(cipher));
  if (data.length > 0 && data.length % size === 0) return cipher.cbcMac(data, whole);
  return cipher.cbcMac(padBit(data, size), padded);
}

function cmacKeys(cipher: BlockCipher): CmacKeys {
  const whole = double(cipher.encrypt(new Uint8Array(cipher.blockBytes)));
  return { whole, padded: double(whole) };
}

/** ISO 9797-1 padding method 2: a one bit, then zeros to a whole block. */
export function padBit(data: Uint8Array, blockBytes: number): Buffer {
  const padded = Buffer.alloc((Math.floor(data.length / blockBytes) + 1) * blockBytes);
  padded.set(data);
  padded[data.length] = 0x80;
  return padded;
}

/** Compares in constant time. Other lengths are unequal. */
export function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Multiplication by x in GF(2^64) or GF(2^128): how CMAC makes its subkeys. */
export function double(block: Uint8Array): Buffer {
  const out = Buffer.alloc(block.length);
  for (let i = 0; i < block.length; i++) out[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >> 7);
  const carry = ((block[0] as number) >> 7) * (block.length === 8 ? 0x1b : 0x87);
  out[block.length - 1] = (out[block.length - 1] as number) ^ carry;
  return out;
}
