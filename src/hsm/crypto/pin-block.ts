import { randomBytes } from 'node:crypto';
import { xor } from './bytes.ts';
import { blockCipher, type BlockCipher } from './cipher.ts';
import { HsmError } from '../errors.ts';
import type { KeyAlgorithm, KeySpec, PinBlockFormat } from '../hsm.ts';
import { checkPinField, notAPin, pinField, pinOfField, reformatPinField, type PinFieldFormat } from './pin-field.ts';

type Random = (bytes: number) => Buffer;

/** ISO 9564-1 clear PIN blocks. Format 4 is the 16-byte PIN field; its PAN comes in as it is enciphered.
 *  @param pan 13-19 digits for formats 0 and 3; unused by the others
 *  @throws HsmError `pin.length`, `pan.format` */
export function encodePinBlock(format: PinFieldFormat, pin: string, pan: string, random: Random = randomBytes): Buffer {
  return withPan(format, pinField(format, pin, random), pan, random);
}

/** The PIN of a clear block.
 *  @throws HsmError `pin.block` when it does not hold a PIN (of this PAN); which part was wrong is not told */
export function decodePinBlock(format: PinFieldFormat, block: Uint8Array, pan: string): string {
  return pinOfField(withoutPan(format, block, pan));
}

/** An enciphered PIN block: 8 bytes for formats 0, 1 and 3 under TDES, 16 for format 4 under AES.
 *  @throws HsmError `pin.format` when the format and the algorithm do not go together */
export function encryptPinBlock(
  key: Uint8Array,
  algorithm: KeyAlgorithm,
  format: PinBlockFormat,
  pin: string,
  pan: string,
  random: Random = randomBytes,
): Buffer {
  return encipherField(blockCipher(algorithm, key), format, pinField(format, pin, random), pan, random);
}

/** The PIN of an enciphered block.
 *  @throws HsmError `pin.block`, `pin.format`, `pan.format` */
export function decryptPinBlock(
  key: Uint8Array,
  algorithm: KeyAlgorithm,
  format: PinBlockFormat,
  block: Uint8Array,
  pan: string,
): string {
  return pinOfField(decipherField(blockCipher(algorithm, key), format, block, pan));
}

export interface PinSide {
  readonly cipher: BlockCipher;
  readonly format: PinBlockFormat;
}

/** Deciphers a block, checks it, and enciphers its PIN anew. What was in clear is wiped.
 *  @throws HsmError `pin.block`, `pin.format`, `pan.format` */
export function reencipherPin(from: PinSide, to: PinSide, block: Uint8Array, pan: string, random: Random): Buffer {
  checkFormat(to.cipher, to.format);
  const field = decipherField(from.cipher, from.format, block, pan);
  reformatPinField(field, to.format, random);
  const out = encipherField(to.cipher, to.format, field, pan, random);
  field.fill(0);
  return out;
}

/** The checked PIN field of an enciphered block. */
export function decipherField(cipher: BlockCipher, format: PinBlockFormat, block: Uint8Array, pan: string): Buffer {
  checkFormat(cipher, format);
  if (block.length !== cipher.blockBytes) throw notAPin();
  const outer = cipher.decrypt(block);
  const clear = format === 4 ? cipher.decrypt(xor(outer, panField4(pan))) : outer;
  try {
    return withoutPan(format, clear, pan);
  } finally {
    clear.fill(0);
  }
}

function encipherField(
  cipher: BlockCipher,
  format: PinBlockFormat,
  field: Buffer,
  pan: string,
  random: Random,
): Buffer {
  checkFormat(cipher, format);
  const clear = withPan(format, field, pan, random);
  const once = cipher.encrypt(clear);
  clear.fill(0);
  return format === 4 ? cipher.encrypt(xor(once, panField4(pan))) : once;
}

/** Format 4 is AES's, the others are TDES's.
 *  @throws HsmError `pin.format` */
export function checkFormat({ algorithm }: Pick<KeySpec, 'algorithm'>, format: PinBlockFormat): void {
  if ((format === 4) === (algorithm === 'AES')) return;
  throw new HsmError('pin.format', `PIN block format ${format} does not go with a ${algorithm} key.`);
}

/** The clear block of a field. */
export function withPan(format: PinFieldFormat, field: Buffer, pan: string, random: Random): Buffer {
  if (format === 0 || format === 3) return xor(field, panField(pan));
  return format === 4 ? Buffer.concat([field, random(8)]) : Buffer.from(field);
}

/** The field of a clear block, checked.
 *  @throws HsmError `pin.block` */
export function withoutPan(format: PinFieldFormat, block: Uint8Array, pan: string): Buffer {
  if (block.length !== (format === 4 ? 16 : 8)) throw notAPin();
  const field = format === 0 || format === 3 ? xor(block, panField(pan)) : Buffer.from(block.subarray(0, 8));
  checkPinField(format, field);
  return field;
}

/** Formats 0 and 3: the twelve digits before the check digit. */
function panField(pan: string): Buffer {
  if (!/^\d{13,19}$/.test(pan)) {
    throw new HsmError('pan.format', 'PIN block formats 0 and 3 need a PAN of 13 to 19 digits.');
  }
  return Buffer.from('0000' + pan.slice(-13, -1), 'hex');
}

/** Format 4: the number of digits over twelve, the PAN, zeros (ISO 9564-1:2017 9.4.2.3). */
export function panField4(pan: string): Buffer {
  if (!/^\d{12,19}$/.test(pan)) throw new HsmError('pan.format', 'PIN block format 4 needs a PAN of 12 to 19 digits.');
  return Buffer.from(`${pan.length - 12}${pan}`.padEnd(32, '0'), 'hex');
}
