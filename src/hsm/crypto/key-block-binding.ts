import { blockCipher, type BlockCipher } from './cipher.ts';
import { HsmError } from '../errors.ts';
import type { KeyAlgorithm } from '../hsm.ts';
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
  const bits = kbpk.length * 8;
  const derive = (use: BindingUse): Buffer =>
    Buffer.concat(derivationData(algorithm, bits, use).map((data) => cmacWith(master, data))).subarray(0, bits / 8);
  return bindingOf(algorithm, derive('encryption'), derive('mac'));
}

/** The binding of version B or D by keys that were derived from the protection key elsewhere: on an HSM. */
export function bindingOf(algorithm: KeyAlgorithm, encryption: Uint8Array, authentication: Uint8Array): Binding {
  const cipher = blockCipher(algorithm, encryption);
  const macCipher = blockCipher(algorithm, authentication);
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

export type BindingUse = 'encryption' | 'mac';

/** What the protection key makes CMACs of, which together are the derived key: counter, usage indicator (0 encryption,
 *  1 MAC), a zero, algorithm, length in bits. */
export function derivationData(algorithm: KeyAlgorithm, bits: number, use: BindingUse): Buffer[] {
  const blockBits = algorithm === 'AES' ? 128 : 64;
  return Array.from({ length: Math.ceil(bits / blockBits) }, (_, index) => {
    const indicator = use === 'mac' ? 1 : 0;
    const data = Buffer.from([index + 1, 0, indicator, 0, 0, algorithmIndicator(algorithm, bits), 0, 0]);
    data.writeUInt16BE(bits, 6);
    return data;
  });
}
