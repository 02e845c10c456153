import type { Secret } from '../../codec/index.ts';
import { hasLuhnDigit } from '../../field/pan.ts';

/** How PANs become others in one message. */
export interface Pans {
  readonly map: (pan: string) => string;
  /** PANs that the capture is known to hold. */
  readonly known: ReadonlySet<string>;
  /** The others that `map` gave: they may be somebody's known PAN, and are no fault. */
  readonly placed: ReadonlySet<string>;
}

/** Track 2 under its new PAN: expiry and service code stay, the discretionary data goes.
 *  @param value digits with `=` or `D` between */
export function newTrack2(value: string, pans: Pans): string {
  const parts = /^(\d{8,19})([=D])(\d{0,7})(.*)$/s.exec(value);
  if (parts === null) return value.replace(/\d/g, '0').replace(/[A-Za-z]/g, 'X');
  const [, pan = '', separator = '', dates = '', rest = ''] = parts;
  return pans.map(pan) + separator + dates + rest.replace(/[^F]/g, '0');
}

/** Tracks 1 and 3, names, whatever else holds card data as text: the PAN at its head becomes its other, letters become X. */
export function newTrack(value: string, pans: Pans): string {
  const parts = /^([A-Za-z]?)(\d{12,19})(?!\d)(.*)$/s.exec(value);
  const [, format = '', pan = '', rest = value] = parts ?? [];
  const hidden = rest.replace(/\d/g, '0').replace(/[A-Za-z\u0080-\uffff]/g, 'X');
  return format + (pan === '' ? '' : pans.map(pan)) + hidden;
}

/** Tags of DE 55 that name a person's account and are no card data: IBAN, payment account reference. */
const ACCOUNT_TAGS: readonly string[] = ['5F53', '9F24'];

/** A tag of DE 55 that holds card data, in hexadecimal. Source: EMV Book 3 annex A.
 *  @param secret what the tag is; undefined: nothing that is known
 *  @returns undefined for what is no card data */
export function newEmvValue(tag: string, hex: string, secret: Secret | undefined, pans: Pans): string | undefined {
  if (ACCOUNT_TAGS.includes(tag)) return hex.replace(/../g, '30');
  if (secret === undefined) return undefined;
  if (tag === '5A') return hex.replace(/^(\d{8,19})(F*)$/, (_, pan: string, fill: string) => pans.map(pan) + fill);
  if (tag === '57' || tag === '9F6B') return newTrack2(hex, pans);
  if (tag === '9F20' || secret === 'pin') return hex.replace(/[0-9A-E]/g, '0'); // packed digits, enciphered bytes
  const text = newTrack(Buffer.from(hex, 'hex').toString('latin1'), pans);
  return Buffer.from(text, 'latin1').toString('hex').toUpperCase();
}

/** PANs in free text. Of PANs that this capture is known to hold, wherever they stand, also between other digits; of
 *  others, digits that can only be one: 16 or 19 of them, alone or in groups of four, a scheme's first digit, a right
 *  check digit.
 *  @param other whether digits at a place are known to be something else */
export function withoutPans(text: string, pans: Pans, other?: (digits: string, at: number) => boolean): string {
  return replaceKnown(text, pans).replace(
    /(?<!\d)(?:\d{19}|\d{4}([ -]?)\d{4}\1\d{4}\1\d{4})(?!\d)/g,
    (group: string, separator: string | undefined, at: number) => {
      const digits = group.replace(/\D/g, '');
      if (!/^[34569]/.test(digits) || !hasLuhnDigit(digits)) return group;
      if (pans.placed.has(digits) || other?.(group, at) === true) return group;
      const mapped = pans.map(digits);
      return separator === undefined || separator === '' ? mapped : (mapped.match(/..../g) ?? []).join(separator);
    },
  );
}

function replaceKnown(text: string, pans: Pans): string {
  if (pans.known.size === 0) return text;
  return text.replace(/\d{12,}/g, (digits) => {
    for (let at = 0; at + SHORTEST_PAN <= digits.length; at++) {
      const pan = knownAt(digits, at, pans.known);
      if (pan === undefined) continue;
      digits = digits.slice(0, at) + pans.map(pan) + digits.slice(at + pan.length);
      at += pan.length - 1;
    }
    return digits;
  });
}

const SHORTEST_PAN = 12;
const LONGEST_PAN = 19;

/** The known PAN that stands at a place among digits: the longest. */
export function knownAt(digits: string, at: number, known: ReadonlySet<string>): string | undefined {
  for (let length = Math.min(LONGEST_PAN, digits.length - at); length >= SHORTEST_PAN; length--) {
    const pan = digits.slice(at, at + length);
    if (known.has(pan)) return pan;
  }
  return undefined;
}

/** The same in binary content that nobody described: as packed digits, as EBCDIC, and as text. */
export function withoutPansInHex(hex: string, pans: Pans): string {
  const packed = withoutPans(hex, pans, isText).replace(/(?:F\d){12,}/g, (ebcdic) =>
    withoutPans(ebcdic.replace(/F/g, ''), pans).replace(/\d/g, 'F$&'),
  );
  const text = Buffer.from(packed, 'hex').toString('latin1');
  const clean = withoutPans(text, pans);
  return clean === text ? packed : Buffer.from(clean, 'latin1').toString('hex').toUpperCase();
}

/** Six digits of ASCII in a row, byte by byte: a number in text, whose hexadecimal looks like packed digits. */
function isText(hex: string, at: number): boolean {
  return /^(?:..)*?(?:3\d){6}/.test(hex.slice(at % 2));
}

/** Whether a PAN of those stands anywhere in bytes: as text, as EBCDIC, or packed, beginning at either nibble. */
export function holdsAny(bytes: Buffer, pans: Pans): boolean {
  const hex = bytes.toString('hex').toUpperCase();
  const ebcdic = (hex.match(/(?:F\d){12,}/g) ?? []).map((digits) => digits.replace(/F/g, ''));
  return [bytes.toString('latin1'), hex, ...ebcdic].some((text) =>
    (text.match(/\d{12,}/g) ?? []).some((digits) => {
      for (let at = 0; at + SHORTEST_PAN <= digits.length; at++) {
        const pan = knownAt(digits, at, pans.known);
        if (pan !== undefined && !pans.placed.has(pan)) return true;
      }
      return false;
    }),
  );
}
