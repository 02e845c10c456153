import type { Language } from '../../../src/field/language.ts';

/** Latin digits as that language writes them; separators of thousands and the decimal point too. */
export function digits(language: Language, text: string | number | bigint): string {
  const written = String(text);
  if (language === 'en') return written;
  return written.replace(/\d/g, (digit) => String.fromCharCode(0x06f0 + Number(digit)));
}

/** A number with its thousands apart: «۱٬۲۳۴٫۵», `1,234.5`.
 *  @param places after the point, at most (default: 0) */
export function numberOf(language: Language, value: number, places = 0): string {
  return new Intl.NumberFormat(language === 'fa' ? 'fa-IR' : 'en-GB', { maximumFractionDigits: places }).format(value);
}
