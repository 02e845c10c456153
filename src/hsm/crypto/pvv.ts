import type { BlockCipher } from './cipher.ts';
import { HsmError } from '../errors.ts';

/** Decimal digits of a cryptogram in order; where they are too few, then its letters A-F as 0-5. */
export function decimalDigits(cryptogram: Uint8Array, count: number): string {
  const text = Buffer.from(cryptogram).toString('hex');
  const digits = text.replace(/[a-f]/g, '');
  const letters = text.replace(/\d/g, '').replace(/[a-f]/g, (letter) => String(letter.charCodeAt(0) - 97));
  return (digits + letters).slice(0, count);
}

/** Visa PIN verification value, four digits.
 *  @param pvki key index, one digit
 *  @throws HsmError `pan.format`, `pin.length` */
export function visaPvv(pvk: BlockCipher, pan: string, pvki: string, pin: string): string {
  if (!/^\d{12,19}$/.test(pan) || !/^[0-6]$/.test(pvki)) {
    throw new HsmError('pan.format', 'A PVV needs a PAN of 12-19 digits and a key index of 0-6.');
  }
  if (!/^\d{4,12}$/.test(pin)) throw new HsmError('pin.length', 'A PIN has 4 to 12 digits.');
  // Transformed security parameter: eleven digits before the check digit, the key index, four digits of the PIN.
  const tsp = pan.slice(-12, -1) + pvki + pin.slice(0, 4);
  return decimalDigits(pvk.encrypt(Buffer.from(tsp, 'hex')), 4);
}

export interface Ibm3624Parameters {
  readonly decimalization: string;
  readonly offset: string;
  readonly validation?: { readonly start: number; readonly length: number; readonly pad: string };
}

/** The PIN that an IBM 3624 offset stands for; as many digits as the offset has.
 *  @throws HsmError `pan.format`, `pin.length`, `data.length` */
export function ibm3624Pin(pvk: BlockCipher, pan: string, parameters: Ibm3624Parameters): string {
  const { decimalization, offset, validation } = parameters;
  if (!/^\d{12,19}$/.test(pan)) throw new HsmError('pan.format', 'An IBM 3624 PIN needs a PAN of 12-19 digits.');
  if (!/^\d{4,12}$/.test(offset)) throw new HsmError('pin.length', 'An IBM 3624 offset has 4 to 12 digits.');
  checkDecimalization(decimalization);
  const natural = decimalize(pvk.encrypt(validationData(pan, validation)), decimalization);
  let pin = '';
  for (let i = 0; i < offset.length; i++) pin += String((digit(natural, i) + digit(offset, i)) % 10);
  return pin;
}

function validationData(pan: string, validation: Ibm3624Parameters['validation']): Buffer {
  const { start, length, pad } = validation ?? { start: Math.max(0, pan.length - 16), length: 16, pad: 'F' };
  if (!/^[0-9A-Fa-f]$/.test(pad) || start < 0 || length < 1 || length > 16) {
    throw new HsmError(
      'data.length',
      'IBM 3624 validation data is 1-16 digits of the PAN and one hexadecimal pad digit.',
    );
  }
  return Buffer.from(pan.slice(start, start + length).padEnd(16, pad), 'hex');
}

/** A table with few digits tells an attacker the PIN, guess by guess (Bond and Zielinski, 2003). */
function checkDecimalization(table: string): void {
  const counts = Array.from('0123456789', (d) => table.split(d).length - 1);
  const distinct = counts.filter((count) => count > 0).length;
  if (/^\d{16}$/.test(table) && distinct >= 8 && Math.max(...counts) <= 4) return;
  throw new HsmError(
    'data.length',
    'A decimalization table has 16 digits, 8 different ones at least, none over 4 times.',
  );
}

function decimalize(cryptogram: Uint8Array, table: string): string {
  return Buffer.from(cryptogram)
    .toString('hex')
    .replace(/./g, (nibble) => table.charAt(parseInt(nibble, 16)));
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}
