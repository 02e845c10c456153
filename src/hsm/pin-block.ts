import { randomBytes } from 'node:crypto';
import { xor } from './bytes.ts';
import { blockCipher, type BlockCipher } from './cipher.ts';
import { HsmError } from './errors.ts';
import type { KeyAlgorithm, PinBlockFormat } from './hsm.ts';

type Random = (bytes: number) => Buffer;

/** ISO 9564-1 clear PIN blocks. Format 4 is the 16-byte PIN field; its PAN comes in as it is enciphered.
 *  @param pan 13-19 digits for formats 0 and 3, 12-19 for format 4; unused by 1 and 2
 *  @throws HsmError `pin.length`, `pan.format` */
export function encodePinBlock(
  format: PinBlockFormat | 2,
  pin: string,
  pan: string,
  random: Random = randomBytes,
): Buffer {
  if (!/^\d{4,12}$/.test(pin)) throw new HsmError('pin.length', 'A PIN has 4 to 12 digits.');
  const head = `${format}${pin.length.toString(16)}${pin}`;
  switch (format) {
    case 0:
      return xor(Buffer.from(head.padEnd(16, 'F'), 'hex'), panField(pan));
    case 1:
      return Buffer.from((head + random(8).toString('hex')).slice(0, 16), 'hex');
    case 2:
      return Buffer.from(head.padEnd(16, 'F'), 'hex');
    case 3:
      return xor(Buffer.from((head + randomLetters(random)).slice(0, 16), 'hex'), panField(pan));
    case 4:
      return Buffer.concat([Buffer.from(head.padEnd(16, 'A'), 'hex'), random(8)]);
  }
}

/** The PIN of a clear block.
 *  @throws HsmError `pin.block` when it does not hold a PIN (of this PAN); which part was wrong is not told */
export function decodePinBlock(format: PinBlockFormat | 2, block: Uint8Array, pan: string): string {
  if (block.length !== (format === 4 ? 16 : 8)) throw notAPin();
  const clear = format === 0 || format === 3 ? xor(block, panField(pan)) : Buffer.from(block);
  const text = clear.toString('hex', 0, 8);
  const length = parseInt(text.charAt(1), 16);
  const pin = text.slice(2, 2 + length);
  const fill = text.slice(2 + length);
  const good =
    text.startsWith(String(format)) && length >= 4 && length <= 12 && /^\d+$/.test(pin) && FILL[format].test(fill);
  if (!good) throw notAPin();
  return pin;
}

/** What follows the PIN, in each format. */
const FILL: Readonly<Record<PinBlockFormat | 2, RegExp>> = {
  0: /^f*$/,
  1: /^[0-9a-f]*$/,
  2: /^f*$/,
  3: /^[a-f]*$/,
  4: /^a*$/,
};

/** An enciphered PIN block: 8 bytes for formats 0-3 under TDES, 16 for format 4 under AES.
 *  @throws HsmError `pin.format` when the format and the algorithm do not go together */
export function encryptPinBlock(
  key: Uint8Array,
  algorithm: KeyAlgorithm,
  format: PinBlockFormat,
  pin: string,
  pan: string,
  random: Random = randomBytes,
): Buffer {
  return encipherPin(blockCipher(algorithm, key), format, pin, pan, random);
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
  return decipherPin(blockCipher(algorithm, key), format, block, pan);
}

export function encipherPin(
  cipher: BlockCipher,
  format: PinBlockFormat,
  pin: string,
  pan: string,
  random: Random,
): Buffer {
  checkFormat(cipher, format);
  const clear = encodePinBlock(format, pin, pan, random);
  if (format !== 4) return cipher.encrypt(clear);
  return cipher.encrypt(xor(cipher.encrypt(clear), panFieldFormat4(pan)));
}

export function decipherPin(cipher: BlockCipher, format: PinBlockFormat, block: Uint8Array, pan: string): string {
  checkFormat(cipher, format);
  if (block.length !== cipher.blockBytes) throw notAPin();
  const outer = cipher.decrypt(block);
  if (format !== 4) return decodePinBlock(format, outer, pan);
  return decodePinBlock(4, cipher.decrypt(xor(outer, panFieldFormat4(pan))), pan);
}

function checkFormat(cipher: BlockCipher, format: PinBlockFormat): void {
  if ((format === 4) === (cipher.algorithm === 'AES')) return;
  throw new HsmError('pin.format', `PIN block format ${format} does not go with a ${cipher.algorithm} key.`);
}

function notAPin(): HsmError {
  return new HsmError('pin.block', 'The PIN block does not hold a PIN for this PAN under this key.');
}

/** Formats 0 and 3: the twelve digits before the check digit. */
function panField(pan: string): Buffer {
  if (!/^\d{13,19}$/.test(pan))
    throw new HsmError('pan.format', 'PIN block formats 0 and 3 want a PAN of 13-19 digits.');
  return Buffer.from('0000' + pan.slice(-13, -1), 'hex');
}

/** Format 4: the number of digits over twelve, the PAN, zeros (ISO 9564-1:2017 9.4). */
export function panFieldFormat4(pan: string): Buffer {
  if (!/^\d{12,19}$/.test(pan)) throw new HsmError('pan.format', 'PIN block format 4 wants a PAN of 12-19 digits.');
  return Buffer.from(`${pan.length - 12}${pan}`.padEnd(32, '0'), 'hex');
}

/** Fourteen random letters A-F (format 3), without bias: six does not divide 256. */
function randomLetters(random: Random): string {
  let letters = '';
  while (letters.length < 14) {
    for (const byte of random(16)) if (byte < 252 && letters.length < 14) letters += 'abcdef'.charAt(byte % 6);
  }
  return letters;
}
