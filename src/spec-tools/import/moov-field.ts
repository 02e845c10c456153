import { isObject, type Json } from '../check/source.ts';
import type { ElementDraft, ImportIssue } from './draft.ts';

export type Report = (path: string, what: string, reason: string, kind?: ImportIssue['kind']) => void;

const TYPES: Readonly<Record<string, 'n' | 'z' | 'ans' | 'b'>> = {
  Numeric: 'n',
  String: 'ans',
  Track1: 'ans',
  Track2: 'z',
  Track3: 'z',
  Binary: 'b',
  Hex: 'b',
};
/** By its encoders: packed digits fill an odd one at the left, `LBCD` behind it. */
const ENCODINGS: Readonly<Record<string, { readonly encoding: string; readonly odd?: 'left-0' | 'right-0' }>> = {
  ASCII: { encoding: 'ascii' },
  EBCDIC: { encoding: 'ebcdic' },
  EBCDIC1047: { encoding: 'ebcdic' },
  BCD: { encoding: 'bcd', odd: 'left-0' },
  LBCD: { encoding: 'bcd', odd: 'right-0' },
  Binary: { encoding: 'binary' },
  Hex: { encoding: 'hex' },
  HexToASCII: { encoding: 'hex' },
  ASCIIToHex: { encoding: 'binary' },
};
const PREFIXES: Readonly<Record<string, string>> = { ASCII: 'ascii', BCD: 'bcd', Binary: 'binary', EBCDIC: 'ebcdic' };

/** A length in front of a value; `undefined` is none (a fixed length); a text says why it is not ours. */
export function moovPrefix(text: string): { encoding: string; bytes: number; most: number } | undefined | string {
  if (text.endsWith('.Fixed')) return undefined;
  const [family = '', digits = ''] = text.split('.');
  const encoding = PREFIXES[family];
  if (encoding === undefined || !/^L{1,6}$/.test(digits)) return `a length prefix "${text}"`;
  const count = digits.length;
  if (encoding === 'binary') return { encoding, bytes: count, most: 256 ** count - 1 };
  return { encoding, bytes: encoding === 'bcd' ? (count + 1) >> 1 : count, most: 10 ** count - 1 };
}

/** A field without subfields. Undefined: it was reported as lost. */
export function moovElement(field: Json, path: string, report: Report): ElementDraft | undefined {
  const declared = TYPES[textOf(field, 'type')];
  const encoder = ENCODINGS[textOf(field, 'enc')];
  const length = field['length'];
  const prefix = moovPrefix(textOf(field, 'prefix'));
  const lost = whyLost(field, declared, encoder?.encoding, prefix);
  if (lost !== undefined || declared === undefined || encoder === undefined || typeof length !== 'number') {
    report(path, lost?.what ?? `length ${String(length)}`, lost?.reason ?? 'no length');
    return undefined;
  }
  const type = typeOf(declared, encoder.encoding) ?? declared;
  if (textOf(field, 'enc') === 'EBCDIC') report(path, 'EBCDIC', 'read as code page 1047', 'changed');
  const variable = typeof prefix === 'object';
  const max = variable ? Math.min(length, prefix.most) : length;
  if (max < length) report(path, textOf(field, 'prefix'), `its length prefix says at most ${max}`, 'changed');
  return {
    name: textOf(field, 'description'),
    type,
    max,
    ...encoder,
    ...(variable && { prefix: { encoding: prefix.encoding, bytes: prefix.bytes } }),
    ...padOf(field, type, variable, path, report),
  };
}

/** Why a field cannot be said in ours. */
function whyLost(
  field: Json,
  declared: 'n' | 'z' | 'ans' | 'b' | undefined,
  encoding: string | undefined,
  prefix: ReturnType<typeof moovPrefix>,
): { what: string; reason: string } | undefined {
  const kind = textOf(field, 'type');
  const encoder = textOf(field, 'enc');
  const length = field['length'];
  if (declared === undefined) return { what: kind, reason: 'a type that is not known here' };
  if (encoding === undefined) return { what: `enc ${encoder}`, reason: 'an encoding that is not known here' };
  if (typeof prefix === 'string') return { what: textOf(field, 'prefix'), reason: 'a length prefix that is not ours' };
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 1 || length > 999_999)
    return { what: `length ${String(length)}`, reason: 'no length' };
  if (typeOf(declared, encoding) === undefined)
    return { what: `${kind} ${encoder}`, reason: 'bytes cannot be packed digits or text' };
  return undefined;
}

/** What a value may be depends on how it stands: packed are only digits, hexadecimal are only bytes. */
function typeOf(declared: 'n' | 'z' | 'ans' | 'b', encoding: string): 'n' | 'z' | 'ans' | 'b' | undefined {
  if (encoding === 'binary' || encoding === 'hex') return 'b';
  if (declared === 'b') return undefined;
  return encoding === 'bcd' && declared === 'ans' ? 'n' : declared;
}

/** Zeros before digits are a part of our values; blanks are not. */
function padOf(
  field: Json,
  type: string,
  variable: boolean,
  path: string,
  report: Report,
): { pad?: { side: 'left' | 'right'; with: string } } {
  const padding = isObject(field['padding']) ? field['padding'] : {};
  const side = textOf(padding, 'type');
  const character = textOf(padding, 'pad');
  if (side === '' || side === 'None' || (side === 'Left' && character === '0') || variable) return {};
  if (type === 'ans' && character.length === 1 && (side === 'Left' || side === 'Right'))
    return { pad: { side: side === 'Left' ? 'left' : 'right', with: character } };
  report(path, `padding ${side} "${character}"`, 'padding that is kept as a part of the value', 'changed');
  return {};
}

export function textOf(json: Json, key: string): string {
  const value = json[key];
  return typeof value === 'string' ? value : '';
}
