import { createCipheriv, createDecipheriv, type Cipher, type Decipher } from 'node:crypto';
import { desCbcDecrypt, desCbcEncrypt, desCbcMac, desEcb, tdesSchedules } from './des.ts';
import { HsmError } from '../errors.ts';
import type { KeyAlgorithm } from '../hsm.ts';

/** What CMAC mixes into the last block: `whole` when it was full, `padded` when it was filled up. */
export interface CmacKeys {
  readonly whole: Buffer;
  readonly padded: Buffer;
}

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
  /** Subkeys of CMAC, kept once they were worked out (mac.ts). */
  cmacKeys: CmacKeys | undefined;
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
    cmacKeys: undefined,
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

/** AES is OpenSSL's. Making a cipher object costs more than a few blocks, so that one is kept for each way of use: ECB has no
 *  state, and a CBC that goes on is made to start anew by XORing its last block, which is known, to the first of the data. */
function aes(key: Uint8Array): BlockCipher {
  const name = `aes-${key.length * 8}`;
  let encryptor: Cipher | undefined;
  let decryptor: Decipher | undefined;
  let chained: Cipher | undefined;
  let chain = Buffer.alloc(AES_BLOCK);
  return {
    algorithm: 'AES',
    blockBytes: AES_BLOCK,
    cmacKeys: undefined,
    encrypt: (data) => (encryptor ??= createCipheriv(`${name}-ecb`, key, null).setAutoPadding(false)).update(data),
    decrypt: (data) => (decryptor ??= createDecipheriv(`${name}-ecb`, key, null).setAutoPadding(false)).update(data),
    encryptCbc: (data, iv) => createCipheriv(`${name}-cbc`, key, iv).setAutoPadding(false).update(data),
    decryptCbc: (data, iv) => createDecipheriv(`${name}-cbc`, key, iv).setAutoPadding(false).update(data),
    cbcMac: (data, mask) => {
      const padded = Buffer.alloc(Math.max(1, Math.ceil(data.length / AES_BLOCK)) * AES_BLOCK);
      padded.set(data);
      if (mask !== undefined) xorInto(padded, padded.length - AES_BLOCK, mask);
      xorInto(padded, 0, chain);
      chained ??= createCipheriv(`${name}-cbc`, key, ZERO_IV).setAutoPadding(false);
      chain = Buffer.from(chained.update(padded).subarray(-AES_BLOCK));
      return Buffer.from(chain);
    },
    retailMac: () => {
      throw new HsmError('key.spec', 'A retail MAC takes a TDES key; AES keys make CMACs.');
    },
  };
}

function xorInto(target: Buffer, at: number, mask: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) target[at + i] = (target[at + i] as number) ^ (mask[i] as number);
}
