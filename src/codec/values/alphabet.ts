import type { ValueType } from '../plan.ts';

const DIGIT = 1;
const LETTER = 2;
const SPECIAL = 4;
const SPACE = 8;
const TRACK = 16;
const SIGN = 32;

/** What each representation may hold (ISO 8583:1987 4.1). `an` and `a` admit the space that pads them everywhere. */
const CLASSES: Readonly<Record<Exclude<ValueType, 'b'>, number>> = {
  n: DIGIT,
  a: LETTER | SPACE,
  s: SPECIAL | SPACE,
  an: DIGIT | LETTER | SPACE,
  as: LETTER | SPECIAL | SPACE,
  ns: DIGIT | SPECIAL | SPACE,
  ans: DIGIT | LETTER | SPECIAL | SPACE,
  anp: DIGIT | LETTER | SPACE,
  z: DIGIT | TRACK,
  'x+n': DIGIT | SIGN,
};

/** What a refusal calls them. */
const NAMES: Readonly<Record<Exclude<ValueType, 'b'>, string>> = {
  n: 'a digit',
  a: 'a letter',
  s: 'a special character',
  an: 'a letter or digit',
  as: 'a letter or special character',
  ns: 'a digit or special character',
  ans: 'a printable character',
  anp: 'a letter, digit or space',
  z: 'a digit or the separator',
  'x+n': 'a digit',
};

export function nameOf(type: Exclude<ValueType, 'b'>): string {
  return `not ${NAMES[type]}`;
}

/** Whether a code point belongs to a representation. Beyond US-ASCII only the free-text ones go, and no control characters. */
export function admits(type: Exclude<ValueType, 'b'>, codePoint: number, asciiOnly: boolean): boolean {
  if (codePoint > 0x7e)
    return !asciiOnly && codePoint >= 0xa0 && (CLASSES[type] & SPECIAL) !== 0 && !isSurrogate(codePoint);
  return ((CLASS_OF[codePoint] ?? 0) & CLASSES[type]) !== 0;
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}

function classOf(code: number): number {
  if (code < 0x20 || code > 0x7e) return 0;
  if (code === 0x20) return SPACE;
  if (code >= 0x30 && code <= 0x39) return DIGIT;
  const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  if (code === 0x43 || code === 0x44) return LETTER | (code === 0x44 ? TRACK : 0) | SIGN;
  return letter ? LETTER : code === 0x3d ? SPECIAL | TRACK : SPECIAL;
}

/** By code, up to `~`. */
const CLASS_OF = Uint8Array.from({ length: 0x7f }, (_, code) => classOf(code));
