import { blockCipher, type BlockCipher } from './cipher.ts';
import type { KeyAlgorithm } from '../hsm.ts';
import { cmacWith } from './mac.ts';

/** Key check value, 3 bytes as upper-case hex. TDES: a zero block encrypted; AES: the CMAC of a zero block (X9.143). */
export function kcv(algorithm: KeyAlgorithm, key: Uint8Array): string {
  return kcvOf(blockCipher(algorithm, key));
}

export function kcvOf(cipher: BlockCipher): string {
  const zero = new Uint8Array(cipher.blockBytes);
  const value = cipher.algorithm === 'AES' ? cmacWith(cipher, zero) : cipher.encrypt(zero);
  return value.toString('hex', 0, 3).toUpperCase();
}
