import type { ElementDraft } from './draft.ts';

/** What a field packager class of jPOS says, for one length. */
export type ClassMeaning =
  | { readonly kind: 'element'; readonly draft: Omit<ElementDraft, 'name'>; readonly note?: string }
  /** A tag and a length in front of the value, both of digits. */
  | { readonly kind: 'tagged'; readonly tagDigits: number; readonly lengthDigits: number; readonly binary: boolean }
  | { readonly kind: 'bitmap'; readonly encoding: 'binary' | 'hex' | 'hex-ebcdic' }
  | { readonly kind: 'none'; readonly reason: string };

const FAMILIES: Readonly<Record<string, string>> = { A: 'ascii', B: 'bcd', E: 'ebcdic' };
const NUMERIC = /^IF([ABE])_(F?)NUMERIC$/;
const AMOUNT = /^IF([ABE])_AMOUNT(2003)?$/;
const BINARY = /^IF([ABE])_BINARY$/;
const BITMAP = /^IF([ABE])_BITMAP$/;
const FIXED_TEXT = /^IF(E?)_?T?CHAR$/;
const TAGGED = /^IFA_(T{2,3})(L{1,4})(CHAR|BINARY)$/;
/** Family of the length and, when it differs, of the value; an F for odd digits filled behind; Ls; an H for a binary length. */
const VARIABLE = /^IF([ABE])([ABE]?)_(F?)(L{1,6})(H?)([ABE]?)(CHAR|NUM|BINARY)$/;
/** Classes that hold a value in a place of full length, an id of their own, or zoned digits: nothing of ours does that. */
const NOT_OURS: readonly (readonly [RegExp, string])[] = [
  [/^IFA_FLL|FBINARY$/, 'a length and a value in a place of full length'],
  [/^IF(EP|EMC|EPE|ELPE|IPM|MC|VEP|VIM)[A-Z]*_/, "the subfield's number stands between its length and its value"],
  [/SIGNED_NUMERIC$/, 'the sign is in the zone of the last digit'],
  [/HEX$/, 'a length in half bytes'],
  [/^IF_NOP$/, 'holds nothing'],
];

/** @param name  without its Java package  @param pad  the attribute: packed digits filled at the left */
export function meaningOf(name: string, length: number, pad: boolean): ClassMeaning {
  for (const [shape, reason] of NOT_OURS) if (shape.test(name)) return { kind: 'none', reason };
  const bitmap = BITMAP.exec(name);
  if (bitmap !== null)
    return { kind: 'bitmap', encoding: bitmap[1] === 'B' ? 'binary' : bitmap[1] === 'A' ? 'hex' : 'hex-ebcdic' };
  return fixedMeaning(name, length, pad) ?? variableMeaning(name, length, pad) ?? unknown;
}

const unknown: ClassMeaning = { kind: 'none', reason: 'a class that is not known here' };

function fixedMeaning(name: string, length: number, pad: boolean): ClassMeaning | undefined {
  const numeric = NUMERIC.exec(name);
  if (numeric !== null) return numericMeaning(FAMILIES[numeric[1] ?? ''] ?? 'ascii', length, pad, numeric[2] === 'F');
  const amount = AMOUNT.exec(name);
  if (amount !== null) {
    const encoding = FAMILIES[amount[1] ?? ''] ?? 'ascii';
    if (amount[2] !== undefined) return numericMeaning(encoding, length, pad, false);
    return element({ type: 'x+n', max: length - 1, encoding });
  }
  const binary = BINARY.exec(name);
  if (binary !== null) return element({ type: 'b', max: length, encoding: bytesIn(binary[1] ?? '') });
  const text = FIXED_TEXT.exec(name);
  if (text !== null || name === 'IF_ECHAR')
    return element({
      type: 'ans',
      max: length,
      encoding: name.includes('E_') || name === 'IF_ECHAR' ? 'ebcdic' : 'latin1',
    });
  return undefined;
}

function numericMeaning(encoding: string, length: number, pad: boolean, filled: boolean): ClassMeaning {
  if (encoding !== 'bcd') return element({ type: 'n', max: length, encoding });
  return { ...element({ type: 'n', max: length, encoding, odd: oddOf(pad, filled) }), ...leftF(pad, filled, length) };
}

function variableMeaning(name: string, length: number, pad: boolean): ClassMeaning | undefined {
  const tagged = TAGGED.exec(name);
  if (tagged !== null) {
    const [, tags = '', lengths = '', what] = tagged;
    return { kind: 'tagged', tagDigits: tags.length, lengthDigits: lengths.length, binary: what === 'BINARY' };
  }
  const match = VARIABLE.exec(name);
  if (match === null) return undefined;
  const [, family = 'A', valueFamily = '', filled, digits = '', hexadecimal, inner = '', what] = match;
  const prefix = prefixOf(family, digits.length, hexadecimal === 'H');
  const max = Math.min(length, prefix.most);
  const shared = { max, prefix: { encoding: prefix.encoding, bytes: prefix.bytes } };
  const note = max < length ? { note: `its length prefix says at most ${max}` } : {};
  if (what === 'BINARY')
    return { ...element({ type: 'b', encoding: inner === '' ? 'binary' : bytesIn(inner), ...shared }), ...note };
  const value = inner !== '' ? inner : valueFamily !== '' ? valueFamily : family;
  if (what === 'CHAR')
    return { ...element({ type: 'ans', encoding: value === 'E' ? 'ebcdic' : 'latin1', ...shared }), ...note };
  const encoding = FAMILIES[value] ?? 'ascii';
  if (encoding !== 'bcd') return { ...element({ type: 'n', encoding, ...shared }), ...note };
  // IFEB_LLNUM: the length counts bytes, and an odd digit is known by the F behind it, whatever `pad` says.
  if (family === 'E')
    return element({
      type: 'n',
      encoding,
      odd: 'right-F',
      max: Math.min(length, prefix.most * 2),
      prefix: { ...shared.prefix, counts: 'bytes' },
    });
  const odd = oddOf(pad, filled === 'F');
  return { ...element({ type: 'n', encoding, odd, ...shared }), ...leftF(pad, filled === 'F', 1), ...note };
}

function element(draft: Omit<ElementDraft, 'name'>): { kind: 'element'; draft: Omit<ElementDraft, 'name'> } {
  return { kind: 'element', draft };
}

function bytesIn(family: string): string {
  return family === 'B' ? 'binary' : family === 'E' ? 'hex-ebcdic' : 'hex';
}

function oddOf(pad: boolean, filled: boolean): 'left-0' | 'right-0' | 'right-F' {
  return filled ? 'right-F' : pad ? 'left-0' : 'right-0';
}

/** An odd digit behind an F is not ours. */
function leftF(pad: boolean, filled: boolean, length: number): { note?: string } {
  return pad && filled && (length & 1) === 1 ? { note: 'there an F stands before odd digits, here behind them' } : {};
}

function prefixOf(family: string, digits: number, binary: boolean): { encoding: string; bytes: number; most: number } {
  if (binary) {
    const bytes = digits > 2 ? 2 : 1;
    return { encoding: 'binary', bytes, most: 256 ** bytes - 1 };
  }
  const encoding = FAMILIES[family] ?? 'ascii';
  return { encoding, bytes: encoding === 'bcd' ? (digits + 1) >> 1 : digits, most: 10 ** digits - 1 };
}
