import { writeBitmap } from './bitmap.ts';
import type { OrderedInput } from './content/types.ts';
import { checkMti, elementOf, type Dialect } from './dialect.ts';
import { CodecError } from './error.ts';

/** A message to be encoded: values as text, binary ones as upper-case hexadecimal. `undefined` is left out. */
export interface MessageInput {
  readonly mti: string;
  readonly fields: Readonly<Record<string | number, OrderedInput | undefined>>;
}

/** Bytes of one element, prefix included, by data element. */
export type Pieces = Map<number, Buffer>;

/** The whole frame from its elements. The reference for building. @throws CodecError */
export function build(dialect: Dialect, input: MessageInput): Buffer {
  const pieces: Pieces = new Map();
  for (const [key, value] of Object.entries(input.fields)) {
    if (value === undefined) continue;
    const de = elementNumber(key);
    pieces.set(de, elementOf(dialect, de, 0).write(value, key));
  }
  return assemble(dialect, input.mti, pieces);
}

/** MTI, bitmaps and elements put together. @throws CodecError for a bad MTI */
export function assemble(dialect: Dialect, mti: string, pieces: Pieces): Buffer {
  checkMti(dialect, mti, 0);
  const head = dialect.mti.write(mti);
  if (!Buffer.isBuffer(head)) throw new CodecError('bad-mti', 'mti', head.at, head.reason);
  const plan = dialect.spec.bitmap;
  const elements = [...pieces.keys()].sort((a, b) => a - b);
  const third = plan.count === 3 && elements.some((de) => de > 128);
  const second = third || plan.secondary === 'always' || elements.some((de) => de > 64);
  const maps = [writeBitmap(plan, elements, 0, second)];
  if (second) maps.push(writeBitmap(plan, elements, 64, third || pieces.has(65)));
  const tertiary = third ? writeBitmap(plan, elements, 128, elements.includes(129)) : undefined;
  if (tertiary !== undefined && plan.third === 'behind') maps.push(tertiary);
  const parts: Buffer[] = [];
  const inPlace = tertiary !== undefined && plan.third === 'in-place' ? tertiary : undefined;
  for (const de of elements) {
    if (inPlace !== undefined && de > 65 && !parts.includes(inPlace)) parts.push(inPlace);
    const piece = pieces.get(de);
    if (piece !== undefined) parts.push(piece);
  }
  return Buffer.concat([head, ...maps, ...parts]);
}

/** The data element that a key names. @throws CodecError `undefined-field` */
export function elementNumber(key: string | number): number {
  const de = Number(key);
  if (!Number.isInteger(de) || de < 2 || de > 192 || String(de) !== String(key)) {
    const path = /^\d{1,3}$/.test(String(key)) ? String(key) : 'fields'; // anything longer may be a value
    throw new CodecError('undefined-field', path, 0, 'not a data element');
  }
  return de;
}
