import { xor } from './bytes.ts';
import { blockCipher } from './cipher.ts';
import { desEcb, desSchedule } from './des.ts';
import { HsmError } from '../errors.ts';

/** What a key derived from a transaction key is for. Requests come from the terminal, responses from the host. */
export type TdesDukptUse = 'pin' | 'mac-request' | 'mac-response' | 'data-request' | 'data-response';

const KSN_BYTES = 10;
/** The transaction counter: the rightmost 21 bits of the KSN. */
const COUNTER_BITS = 21;
/** A counter never has more one bits than this (X9.24-1:2009 A.2). */
const MAX_ONES = 10;
const KEY_MASK = Buffer.from('C0C0C0C000000000C0C0C0C000000000', 'hex');
const VARIANTS: Readonly<Record<TdesDukptUse, Buffer>> = {
  pin: variant('00000000000000FF'),
  'mac-request': variant('000000000000FF00'),
  'mac-response': variant('00000000FF000000'),
  'data-request': variant('0000000000FF0000'),
  'data-response': variant('000000FF00000000'),
};

function variant(half: string): Buffer {
  return Buffer.from(half + half, 'hex');
}

/** The initial key of a terminal (IPEK). The counter of the KSN does not matter.
 *  @param bdk 16 bytes. Source: X9.24-1:2009 A.6 */
export function tdesDukptInitialKey(bdk: Uint8Array, ksn: Uint8Array): Buffer {
  const register = Buffer.from(ksn.subarray(0, 8));
  register[7] = (register[7] as number) & 0xe0;
  return Buffer.concat([
    blockCipher('TDES', bdk).encrypt(register),
    blockCipher('TDES', xor(bdk, KEY_MASK)).encrypt(register),
  ]);
}

/** The key of one transaction, before its variants.
 *  @throws HsmError `dukpt.ksn` for a KSN that no terminal may send */
export function tdesDukptTransactionKey(initialKey: Uint8Array, ksn: Uint8Array): Buffer {
  const counter = tdesDukptCounter(ksn);
  const register = Buffer.from(ksn.subarray(2));
  let low = register.readUInt32BE(4) & ~((1 << COUNTER_BITS) - 1);
  let key: Buffer = Buffer.from(initialKey);
  for (let bit = 1 << (COUNTER_BITS - 1); bit > 0; bit >>>= 1) {
    if ((counter & bit) === 0) continue;
    low |= bit;
    register.writeUInt32BE(low >>> 0, 4);
    key = Buffer.concat([nonReversible(xor(key, KEY_MASK), register), nonReversible(key, register)]);
  }
  return key;
}

/** @throws HsmError `dukpt.ksn` */
export function tdesDukptCounter(ksn: Uint8Array): number {
  if (ksn.length !== KSN_BYTES) throw new HsmError('dukpt.ksn', `A TDES DUKPT KSN has ${KSN_BYTES} bytes.`);
  const counter = Buffer.from(ksn).readUIntBE(7, 3) & ((1 << COUNTER_BITS) - 1);
  let ones = 0;
  for (let rest = counter; rest > 0; rest >>>= 1) ones += rest & 1;
  if (ones === 0 || ones > MAX_ONES) {
    throw new HsmError('dukpt.ksn', `The transaction counter of the KSN must have 1 to ${MAX_ONES} one bits.`);
  }
  return counter;
}

/** The key that does the work: a variant of the transaction key, for data also passed through itself (X9.24-1:2009 A.4.1). */
export function tdesDukptWorkingKey(transactionKey: Uint8Array, use: TdesDukptUse): Buffer {
  const key = xor(transactionKey, VARIANTS[use]);
  return use === 'data-request' || use === 'data-response' ? blockCipher('TDES', key).encrypt(key) : key;
}

/** The non-reversible key generation process: one half of the next key. */
function nonReversible(key: Uint8Array, register: Uint8Array): Buffer {
  const right = key.subarray(8);
  return xor(desEcb(desSchedule(key), xor(register, right)), right);
}
