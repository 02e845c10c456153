import { CodecError } from './error.ts';
import type { BitmapPlan } from './plan.ts';
import { CODE_PAGES } from './tables.ts';

const MAP_BYTES = 8;

/** The data elements that bitmaps announce, in order, and where the bitmaps end. */
export interface Announced {
  readonly elements: number[];
  readonly end: number;
}

/** Bytes that one bitmap takes on the wire. */
export function bitmapSize(plan: BitmapPlan): number {
  return plan.encoding === 'binary' ? MAP_BYTES : MAP_BYTES * 2;
}

/** Reads one bitmap of eight bytes. @throws CodecError `truncated`, `bad-bitmap` */
export function readBitmap(plan: BitmapPlan, bytes: Buffer, at: number, path: string): Buffer {
  const size = bitmapSize(plan);
  if (at + size > bytes.length)
    throw new CodecError('truncated', path, at, `the bitmap needs ${size} bytes, ${bytes.length - at} are left`);
  if (plan.encoding === 'binary') return bytes.subarray(at, at + size);
  const digits =
    plan.encoding === 'hex' ? bytes.toString('latin1', at, at + size) : fromEbcdic(bytes.subarray(at, at + size));
  const bad = digits.search(/[^0-9A-F]/);
  if (bad >= 0) throw new CodecError('bad-bitmap', path, at + bad, 'not an upper-case hexadecimal digit');
  return Buffer.from(digits, 'hex');
}

/** Reads the bitmaps in front of the elements. A third one in the place of element 65 is left to the walk.
 *  @throws CodecError `truncated`, `bad-bitmap`, `undefined-field` */
export function readBitmaps(plan: BitmapPlan, bytes: Buffer, at: number): Announced {
  const size = bitmapSize(plan);
  const first = readBitmap(plan, bytes, at, 'bitmap');
  const elements = bitsOf(first, 0);
  let end = at + size;
  const always = plan.secondary === 'always';
  if (!hasBit(first, 1)) {
    if (always) throw new CodecError('bad-bitmap', '1', at, 'this dialect always has the secondary bitmap');
    return { elements, end };
  }
  if (plan.count < 2) throw new CodecError('undefined-field', '1', at, 'this dialect has no secondary bitmap');
  const second = readBitmap(plan, bytes, end, '1');
  const more = bitsOf(second, 64);
  if (!always && more.length === 0 && !hasBit(second, 1))
    throw new CodecError('bad-bitmap', '1', end, 'the secondary bitmap is empty');
  elements.push(...more);
  end += size;
  if (!hasBit(second, 1) || plan.count < 3 || plan.third === 'in-place') {
    if (hasBit(second, 1)) insert65(elements);
    return { elements, end };
  }
  const third = bitsOf(readBitmap(plan, bytes, end, '65'), 128);
  if (third.length === 0) throw new CodecError('bad-bitmap', '65', end, 'the third bitmap is empty');
  elements.push(...third);
  return { elements, end: end + size };
}

function insert65(elements: number[]): void {
  const place = elements.findIndex((de) => de > 65);
  elements.splice(place < 0 ? elements.length : place, 0, 65);
}

function hasBit(map: Buffer, bit: number): boolean {
  return ((map[(bit - 1) >> 3] ?? 0) & (0x80 >> ((bit - 1) & 7))) !== 0;
}

/** Bits 2 to 64 that are set, as element numbers from `base`. The first bit announces the next bitmap. */
export function bitsOf(map: Buffer, base: number): number[] {
  const found: number[] = [];
  for (let bit = base === 128 ? 1 : 2; bit <= 64; bit++) if (hasBit(map, bit)) found.push(base + bit);
  return found;
}

/** The bitmap of elements `base + 1` to `base + 64`, as it stands on the wire. */
export function writeBitmap(plan: BitmapPlan, elements: readonly number[], base: number, next: boolean): Buffer {
  const map = Buffer.alloc(MAP_BYTES);
  const set = (bit: number): void => {
    map[(bit - 1) >> 3] = (map[(bit - 1) >> 3] ?? 0) | (0x80 >> ((bit - 1) & 7));
  };
  for (const de of elements) if (de > base && de <= base + 64) set(de - base);
  if (next) set(1);
  if (plan.encoding === 'binary') return map;
  const digits = map.toString('hex').toUpperCase();
  return plan.encoding === 'hex' ? Buffer.from(digits, 'latin1') : toEbcdic(digits);
}

function fromEbcdic(bytes: Buffer): string {
  return Array.from(bytes, (byte) => CODE_PAGES.ebcdic.charAt(byte)).join('');
}

function toEbcdic(text: string): Buffer {
  return Buffer.from(Array.from(text, (character) => CODE_PAGES.ebcdic.indexOf(character)));
}
