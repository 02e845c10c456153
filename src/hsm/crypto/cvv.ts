import type { BlockCipher } from './cipher.ts';
import { HsmError } from '../errors.ts';
import { decimalDigits } from './pvv.ts';

const MAX_DIGITS = 5;

/** Card verification value: five digits, of which cards carry the first three.
 *  @param expiry four digits as the card has them
 *  @throws HsmError `pan.format` */
export function cardVerificationValue(cvk: BlockCipher, pan: string, expiry: string, serviceCode: string): string {
  if (!/^\d{12,19}$/.test(pan) || !/^\d{4}$/.test(expiry) || !/^\d{3}$/.test(serviceCode)) {
    throw new HsmError('pan.format', 'A CVV needs a PAN of 12-19 digits, an expiry of 4 and a service code of 3.');
  }
  // E K1, then E K1 D K2 E K1 over two blocks is ISO 9797-1 algorithm 3.
  const cryptogram = cvk.retailMac(Buffer.from((pan + expiry + serviceCode).padEnd(32, '0'), 'hex'));
  return decimalDigits(cryptogram, MAX_DIGITS);
}
