import { latinDigits } from '../../../src/field/persian.ts';

/** The code of a good as messages have it: 13 digits (wire.md, DE 48 tag 01). Shorter barcodes (GTIN-8, GTIN-12) and categories of the
 *  scheme are those with zeros before them; of GTIN-14 the one that says a single piece has a zero too many.
 *  @returns undefined: it is none */
export function goodsCodeOf(typed: string): string | undefined {
  const code = latinDigits(typed).replace(/[\s\u200c-]/g, '');
  if (/^0\d{13}$/.test(code)) return code.slice(1);
  return /^\d{1,13}$/.test(code) && !/^0*$/.test(code) ? code.padStart(13, '0') : undefined;
}
