import type { ValueType } from '../plan.ts';

/** `n..19`: its type, its most units, and the digits of its length (0: fixed). */
export interface Format {
  readonly type: ValueType;
  readonly max: number;
  readonly lengthDigits: number;
}

const SHAPE = /^(x\+n|anp|ans|an|as|ns|n|a|s|b|z)(\.{0,6})([1-9]\d{0,5})$/;

/** Reads the notation of ISO 8583 (4.1): `n6`, `an12`, `ans...999`, `b8`, `z..37`, `x+n8`. A text is what is wrong with it.
 *  The sign of `x+n8` counts as a unit: nine. */
export function parseFormat(text: string): Format | string {
  const match = SHAPE.exec(text);
  if (match === null) return `"${text}" is not a format; for example n6, n..19, ans...999, b8, x+n8`;
  const [, type = 'n', dots = '', digits = '0'] = match;
  const max = Number(digits) + (type === 'x+n' ? 1 : 0);
  if (dots.length === 1) return `"${text}": two dots or more for a variable length`;
  if (dots.length > 0 && String(max).length > dots.length)
    return `"${text}": ${max} does not fit ${dots.length} length digits`;
  return { type: type as ValueType, max, lengthDigits: dots.length };
}
