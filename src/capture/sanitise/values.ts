import { luhnDigit, type PanMap } from './pans.ts';

/** Track 2 under its new PAN: expiry and service code stay, the discretionary data goes.
 *  @param value digits with `=` or `D` between */
export function newTrack2(value: string, pans: Pick<PanMap, 'map'>): string {
  const parts = /^(\d{8,19})([=D])(\d{0,7})(.*)$/s.exec(value);
  if (parts === null) return value.replace(/\d/g, '0').replace(/[A-Za-z]/g, 'X');
  const [, pan = '', separator = '', dates = '', rest = ''] = parts;
  return pans.map(pan) + separator + dates + rest.replace(/[^F]/g, '0');
}

/** Tracks 1 and 3, names, whatever else holds card data as text: the PAN at its head becomes its other, letters become X. */
export function newTrack(value: string, pans: Pick<PanMap, 'map'>): string {
  const parts = /^([A-Za-z]?)(\d{12,19})(?!\d)(.*)$/s.exec(value);
  const [, format = '', pan = '', rest = value] = parts ?? [];
  const hidden = rest.replace(/\d/g, '0').replace(/[A-Za-z\u0080-\uffff]/g, 'X');
  return format + (pan === '' ? '' : pans.map(pan)) + hidden;
}

/** A tag of DE 55 that holds card data, in hexadecimal. Source: EMV Book 3 annex A. */
export function newEmvValue(tag: string, hex: string, pans: Pick<PanMap, 'map'>): string {
  if (tag === '5A') return hex.replace(/^(\d{8,19})(F*)$/, (_, pan: string, fill: string) => pans.map(pan) + fill);
  if (tag === '57' || tag === '9F6B') return newTrack2(hex, pans);
  const text = newTrack(Buffer.from(hex, 'hex').toString('latin1'), pans);
  return Buffer.from(text, 'latin1').toString('hex').toUpperCase();
}

/** Numbers in free text that can only be PANs: 16 or 19 digits alone, a scheme's first digit, a right check digit. */
export function withoutPans(text: string, pans: Pick<PanMap, 'map'>): string {
  return text.replace(/(?<!\d)(?:\d{16}|\d{19})(?!\d)/g, (digits) =>
    /^[34569]/.test(digits) && luhnDigit(digits.slice(0, -1)) === Number(digits.at(-1)) ? pans.map(digits) : digits,
  );
}

/** The same in binary content that nobody described: as packed digits, and as text. */
export function withoutPansInHex(hex: string, pans: Pick<PanMap, 'map'>): string {
  const packed = withoutPans(hex, pans);
  const text = Buffer.from(packed, 'hex').toString('latin1');
  const clean = withoutPans(text, pans);
  return clean === text ? packed : Buffer.from(clean, 'latin1').toString('hex').toUpperCase();
}

/** Whether digits stand anywhere in bytes: as ASCII, as EBCDIC, or packed, beginning at either nibble. */
export function holdsDigits(bytes: Buffer, digits: string): boolean {
  const hex = bytes.toString('hex').toUpperCase();
  const ebcdic = digits.replace(/\d/g, (digit) => `F${digit}`);
  return bytes.includes(Buffer.from(digits, 'latin1')) || hex.includes(digits) || hex.includes(ebcdic);
}
