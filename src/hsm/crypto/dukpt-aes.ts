import { blockCipher } from './cipher.ts';
import { HsmError } from '../errors.ts';
import type { KeyAlgorithm } from '../hsm.ts';

/** What an AES DUKPT key is for (X9.24-3:2017 table 2). */
export type AesDukptUse =
  'pin' | 'mac-generate' | 'mac-verify' | 'mac' | 'data-encrypt' | 'data-decrypt' | 'data' | 'derive' | 'initial';

const USES: Readonly<Record<AesDukptUse, number>> = {
  pin: 0x1000,
  'mac-generate': 0x2000,
  'mac-verify': 0x2001,
  mac: 0x2002,
  'data-encrypt': 0x3000,
  'data-decrypt': 0x3001,
  data: 0x3002,
  derive: 0x8000,
  initial: 0x8001,
};

/** What a derived key is: by default as long as the base derivation key. */
export interface DerivedSpec {
  readonly algorithm: KeyAlgorithm;
  readonly bits: number;
}

const KSN_BYTES = 12;
/** A counter never has more one bits than this (X9.24-3:2017 6.3). */
const MAX_ONES = 16;

/** The initial key of a terminal.
 *  @param bdk 16, 24 or 32 bytes
 *  @param initialKeyId 8 bytes, the first of the KSN */
export function aesDukptInitialKey(bdk: Uint8Array, initialKeyId: Uint8Array): Buffer {
  return derive(bdk, 'initial', aesOf(bdk), initialKeyId.subarray(0, 8));
}

/** The intermediate key that the keys of one transaction derive from.
 *  @throws HsmError `dukpt.ksn` for a KSN that no terminal may send */
export function aesDukptDerivationKey(initialKey: Uint8Array, ksn: Uint8Array): Buffer {
  const counter = aesDukptCounter(ksn);
  let key: Buffer = Buffer.from(initialKey);
  let done = 0;
  for (let bit = 31; bit >= 0; bit--) {
    const mask = (1 << bit) >>> 0;
    if ((counter & mask) === 0) continue;
    done = (done | mask) >>> 0;
    key = derive(key, 'derive', aesOf(initialKey), context(ksn, done));
  }
  return key;
}

/** @throws HsmError `dukpt.ksn` */
export function aesDukptCounter(ksn: Uint8Array): number {
  if (ksn.length !== KSN_BYTES) throw new HsmError('dukpt.ksn', `An AES DUKPT KSN has ${KSN_BYTES} bytes.`);
  const counter = Buffer.from(ksn).readUInt32BE(8);
  let ones = 0;
  for (let rest = counter; rest > 0; rest >>>= 1) ones += rest & 1;
  if (ones === 0 || ones > MAX_ONES) {
    throw new HsmError('dukpt.ksn', `The transaction counter of the KSN must have 1 to ${MAX_ONES} one bits.`);
  }
  return counter;
}

/** The key that does the work of one transaction. */
export function aesDukptWorkingKey(
  derivationKey: Uint8Array,
  ksn: Uint8Array,
  use: AesDukptUse,
  spec: DerivedSpec = aesOf(derivationKey),
): Buffer {
  return derive(derivationKey, use, spec, context(ksn, Buffer.from(ksn).readUInt32BE(8)));
}

function aesOf(key: Uint8Array): DerivedSpec {
  return { algorithm: 'AES', bits: key.length * 8 };
}

/** The right half of the initial key id, then the counter. */
function context(ksn: Uint8Array, counter: number): Buffer {
  const out = Buffer.alloc(8);
  out.set(ksn.subarray(4, 8));
  out.writeUInt32BE(counter, 4);
  return out;
}

/** X9.24-3:2017 6.3.2: as many blocks of derivation data as the key takes, enciphered in ECB. */
function derive(key: Uint8Array, use: AesDukptUse, spec: DerivedSpec, tail: Uint8Array): Buffer {
  const blocks = Math.ceil(spec.bits / 128);
  const data = Buffer.alloc(16 * blocks);
  for (let i = 0; i < blocks; i++) {
    const at = 16 * i;
    data[at] = 1;
    data[at + 1] = i + 1;
    data.writeUInt16BE(USES[use], at + 2);
    data.writeUInt16BE(algorithmId(spec), at + 4);
    data.writeUInt16BE(spec.bits, at + 6);
    data.set(tail, at + 8);
  }
  return blockCipher('AES', key)
    .encrypt(data)
    .subarray(0, spec.bits / 8);
}

/** X9.24-3:2017 table 3: 0 and 1 are TDES of two and three keys, 2-4 AES of 128, 192 and 256 bits. */
function algorithmId(spec: DerivedSpec): number {
  return spec.bits / 64 - (spec.algorithm === 'TDES' ? 2 : 0);
}
