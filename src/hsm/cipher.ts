import { createCipheriv, createDecipheriv } from 'node:crypto';
import { desCbcDecrypt, desCbcEncrypt, desCbcMac, desEcb, tdesSchedules } from './des.ts';
import { HsmError } from './errors.ts';
import type { KeyAlgorithm } from './hsm.ts';

/** A block cipher under one key. Data is whole blocks, except for MACs. */
export interface BlockCipher {
  readonly algorithm: KeyAlgorithm;
  readonly blockBytes: 8 | 16;
  /** ECB. */
  encrypt(data: Uint8Array): Buffer;
  decrypt(data: Uint8Array): Buffer;
  encryptCbc(data: Uint8Array, iv: Uint8Array): Buffer;
  decryptCbc(data: Uint8Array, iv: Uint8Array): Buffer;
  /** The last block of a CBC from a zero vector over `data`, filled with zeros to a whole block (at least one).
   *  @param mask XORed to the last block before it is encrypted */
  cbcMac(data: Uint8Array, mask?: Uint8Array): Buffer;
  /** ISO 9797-1 algorithm 3 (X9.19): single DES but for the last block. TDES only. */
  retailMac(data: Uint8Array): Buffer;
}

/** @param key TDES 16 or 24 bytes, AES 16, 24 or 32
 *  @throws HsmError `key.length` */
export function blockCipher(algorithm: KeyAlgorithm, key: Uint8Array): BlockCipher {
  if (key.length !== 16 && key.length !== 24 && !(algorithm === 'AES' && key.length === 32)) {
    throw new HsmError('key.length', `A ${algorithm} key of ${key.length} bytes is not one.`);
  }
  return algorithm === 'TDES' ? tdes(key) : aes(Uint8Array.from(key));
}

const DES_SCHEDULE_WORDS = 32;

function tdes(key: Uint8Array): BlockCipher {
  const { encrypt, decrypt } = tdesSchedules(key);
  const first = encrypt.subarray(0, DES_SCHEDULE_WORDS);
  return {
    algorithm: 'TDES',
    blockBytes: 8,
    encrypt: (data) => desEcb(encrypt, data),
    decrypt: (data) => desEcb(decrypt, data),
    encryptCbc: (data, iv) => desCbcEncrypt(encrypt, data, iv),
    decryptCbc: (data, iv) => desCbcDecrypt(decrypt, data, iv),
    cbcMac: (data, mask) => desCbcMac(encrypt, encrypt, data, mask),
    retailMac: (data) => {
      if (key.length !== 16) throw new HsmError('key.length', 'A retail MAC takes a double-length TDES key.');
      return desCbcMac(first, encrypt, data);
    },
  };
}

const AES_BLOCK = 16;
const ZERO_IV = new Uint8Array(AES_BLOCK);

function aes(key: Uint8Array): BlockCipher {
  const bits = key.length * 8;
  const run = (mode: 'ecb' | 'cbc', iv: Uint8Array | null, data: Uint8Array): Buffer =>
    createCipheriv(`aes-${bits}-${mode}`, key, iv).setAutoPadding(false).update(data);
  const undo = (mode: 'ecb' | 'cbc', iv: Uint8Array | null, data: Uint8Array): Buffer =>
    createDecipheriv(`aes-${bits}-${mode}`, key, iv).setAutoPadding(false).update(data);
  return {
    algorithm: 'AES',
    blockBytes: AES_BLOCK,
    encrypt: (data) => run('ecb', null, data),
    decrypt: (data) => undo('ecb', null, data),
    encryptCbc: (data, iv) => run('cbc', iv, data),
    decryptCbc: (data, iv) => undo('cbc', iv, data),
    cbcMac: (data, mask) => {
      const padded = Buffer.alloc(Math.max(1, Math.ceil(data.length / AES_BLOCK)) * AES_BLOCK);
      padded.set(data);
      const last = padded.length - AES_BLOCK;
      if (mask !== undefined) mask.forEach((byte, i) => (padded[last + i] = (padded[last + i] as number) ^ byte));
      return Buffer.from(run('cbc', ZERO_IV, padded).subarray(last));
    },
    retailMac: () => {
      throw new HsmError('key.spec', 'A retail MAC takes a TDES key; AES keys make CMACs.');
    },
  };
}
