import { blockCipher, type BlockCipher } from './cipher.ts';
import { HsmError } from './errors.ts';
import type { KeyBlockVersion } from './key-block-header.ts';
import { cmacWith } from './mac.ts';

/** The encryption and MAC keys of a key block, and how they are used (X9.143:2021 6.3, 6.4). */
export interface Binding {
  readonly cipher: BlockCipher;
  iv(head: Uint8Array, mac: Uint8Array): Uint8Array;
  mac(data: Uint8Array): Buffer;
  /** A and C: the MAC is over the header and the cipher text, not the plain key. */
  readonly macOverCipherText: boolean;
}

export function bindingKeys(version: KeyBlockVersion, kbpk: Uint8Array): Binding {
  if (version === 'A' || version === 'C') return variantBinding(kbpk);
  const algorithm = version === 'D' ? 'AES' : 'TDES';
  const master = blockCipher(algorithm, kbpk);
  const derive = (indicator: number): BlockCipher =>
    blockCipher(algorithm, deriveKey(master, indicator, kbpk.length * 8));
  const cipher = derive(0);
  const macCipher = derive(1);
  return { cipher, iv: (_head, mac) => mac, mac: (data) => cmacWith(macCipher, data), macOverCipherText: false };
}

const ENCRYPTION_VARIANT = 0x45;
const MAC_VARIANT = 0x4d;
const VARIANT_MAC_BYTES = 4;

function variantBinding(kbpk: Uint8Array): Binding {
  if (kbpk.length > 24) throw new HsmError('key.length', 'Key block versions A and C take a TDES protection key.');
  const cipher = blockCipher(
    'TDES',
    kbpk.map((byte) => byte ^ ENCRYPTION_VARIANT),
  );
  const macCipher = blockCipher(
    'TDES',
    kbpk.map((byte) => byte ^ MAC_VARIANT),
  );
  return {
    cipher,
    iv: (head) => head.subarray(0, 8),
    mac: (data) => macCipher.cbcMac(data).subarray(0, VARIANT_MAC_BYTES),
    macOverCipherText: true,
  };
}

/** X9.143 algorithm indicators: TDES of two and three keys, AES of 128, 192 and 256 bits. */
function algorithmIndicator(algorithm: string, bits: number): number {
  return bits / 64 - (algorithm === 'TDES' ? 2 : 0);
}

/** The derivation by CMAC: counter, usage indicator (0 encryption, 1 MAC), a zero, algorithm, length in bits. */
function deriveKey(master: BlockCipher, indicator: number, bits: number): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 1; (counter - 1) * master.blockBytes * 8 < bits; counter++) {
    const data = Buffer.from([counter, 0, indicator, 0, 0, algorithmIndicator(master.algorithm, bits), 0, 0]);
    data.writeUInt16BE(bits, 6);
    parts.push(cmacWith(master, data));
  }
  return Buffer.concat(parts).subarray(0, bits / 8);
}
