import { byteTable } from '../bytes.ts';
import { packedBytes, type Fast } from './kind.ts';
import type { Tables } from './tables.ts';

/** Source that checks the bytes of a value from `at` to `e`, of `u` units. What is wrong sets a high bit of `bad`, which is
 *  looked at once, at the end of the frame; only free text may leave at once. Four bytes are checked together where a range
 *  of characters allows it: a table byte by byte takes three times as long. Uses i, x.
 *  @param units  of the value, where they are always the same; else 0 */
export function contentSource(fast: Fast, units: number, tables: Tables): string {
  switch (fast.kind) {
    case 'bytes':
      return '';
    case 'text':
      return textSource(fast.admitted, units, tables);
    case 'packed':
      return packedSource(fast, units, tables);
  }
}

function packedSource(fast: Fast & { kind: 'packed' }, units: number, tables: Tables): string {
  const refused = tables.name(refusedBy(packedBytes(fast.track)));
  const odd = tables.name(oddByte(fast));
  if (units > 0 && units <= MOST_UNROLLED) {
    const size = (units + 1) >> 1;
    const other = units % 2 === 0 ? -1 : fast.left ? 0 : size - 1;
    return Array.from(
      { length: size },
      (_, index) => `bad |= ${index === other ? odd : refused}[b[at + ${index}]];`,
    ).join(' ');
  }
  if (fast.left) return `i = at; if (u & 1) bad |= ${odd}[b[i++]]; for (; i < e; i++) bad |= ${refused}[b[i]];`;
  return `x = e; if (u & 1) bad |= ${odd}[b[--x]]; for (i = at; i < x; i++) bad |= ${refused}[b[i]];`;
}

/** Units of a value whose check is written out; longer ones have a loop. */
const MOST_UNROLLED = 24;

/** Wrong bytes of four, as their high bits. */
const WORD = {
  /** Digits: 0 to 9 after the 3 is taken off; adding 76 carries ten and more into the high bit. */
  digits: '(x ^= 0x30303030) | (x + 0x76767676)',
  /** 20 to 7E: no high bit, none after adding one, none after taking a space away. */
  printable: 'x | (x + 0x01010101) | (x - 0x20202020)',
} as const;

/** @param size  bytes, which for text are units */
function textSource(admitted: Uint8Array, size: number, tables: Tables): string {
  const table = tables.name(refusedBy(admitted));
  const bytewise = `for (i = at; i < e; i++) bad |= ${table}[b[i]];`;
  const ascii = admitted.subarray(0, 0x80);
  const word = same(ascii, 0x30, 0x39) ? WORD.digits : same(ascii, 0x20, 0x7e) ? WORD.printable : undefined;
  const single = (index: number): string => `bad |= ${table}[b[at + ${index}]];`;
  if (size > 0 && (size < 4 || (word === undefined && size <= 16)))
    return Array.from({ length: size }, (_, index) => single(index)).join(' ');
  if (word === undefined) return bytewise;
  const high = admitted.subarray(0x80).some((flag) => flag === 1);
  const target = high ? 'k' : 'bad';
  const at = (place: string): string => `x = w.getInt32(${place}, true); ${target} |= ${word};`;
  // The last four may overlap with those before.
  const words =
    size > 0 && size <= MOST_UNROLLED
      ? [...Array.from({ length: size >> 2 }, (_, index) => index * 4), ...(size % 4 === 0 ? [] : [size - 4])]
          .map((offset) => at(`at + ${offset}`))
          .join(' ')
      : `for (i = at; i <= e - 4; i += 4) { ${at('i')} } ${size > 0 && size % 4 === 0 ? '' : `if (i < e) { ${at('e - 4')} }`}`;
  const either = size >= 4 ? words : `if (u < 4) { ${bytewise} } else { ${words} }`;
  return high ? `k = 0; ${either} if (k & 0x80808080) { ${bytewise} }` : either;
}

/** Whether a table admits exactly the bytes from `first` to `last`. */
function same(admitted: Uint8Array, first: number, last: number): boolean {
  return admitted.every((flag, byte) => (flag === 1) === (byte >= first && byte <= last));
}

function refusedBy(admitted: Uint8Array): Uint8Array {
  return admitted.map((flag) => (flag === 1 ? 0 : 0x80));
}

/** The byte with the unused nibble. */
function oddByte({ track, left, filler }: Fast & { kind: 'packed' }): Uint8Array {
  return byteTable((byte) => {
    const [nibble, unused] = left ? [byte & 0xf, byte >> 4] : [byte >> 4, byte & 0xf];
    return unused === filler && (nibble <= 9 || (track && nibble === 0xd)) ? 0 : 0x80;
  });
}
