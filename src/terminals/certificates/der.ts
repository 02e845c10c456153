/** DER (X.690), as far as certificates need it: written for PKCS #12, read for lists of revoked certificates. */

const SEQUENCE = 0x30;
const SET = 0x31;

export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(SEQUENCE, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => tlv(SET, ...parts);
export const octets = (bytes: Uint8Array): Buffer => tlv(0x04, bytes);
/** Whole bytes as a BIT STRING: a signature. */
export const bits = (bytes: Uint8Array): Buffer => tlv(0x03, Buffer.from([0]), bytes);
/** Context-specific and constructed: EXPLICIT. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Buffer => tlv(0xa0 | number, ...parts);
export const NULL = Buffer.from([0x05, 0x00]);

/** Of a number that is not negative. */
export function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return tlv(0x02, ...((bytes[0] ?? 0) > 0x7f ? [Buffer.from([0]), bytes] : [bytes]));
}

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes: number[] = [first * 40 + second];
  for (const arc of rest) {
    const base128 = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) base128.unshift((left & 0x7f) | 0x80);
    bytes.push(...base128);
  }
  return tlv(0x06, Buffer.from(bytes));
}

/** One element that was read. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With its tag and length. */
  readonly whole: Buffer;
}

/** The element at the beginning of some bytes.
 *  @throws RangeError: they end before it does, or its length is no DER */
export function elementAt(bytes: Buffer, at = 0): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new RangeError('an element is missing');
  const long = first & 0x7f;
  if (first === 0x80 || (first > 0x80 && long > 4)) throw new RangeError('a length is not DER');
  const start = at + 2 + (first > 0x80 ? long : 0);
  if (start > bytes.length) throw new RangeError('a length is cut off');
  const length = first > 0x80 ? bytes.readUIntBE(at + 2, long) : first;
  if (start + length > bytes.length) throw new RangeError('an element is cut off');
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) };
}

/** The elements that some bytes consist of.
 *  @throws RangeError */
export function* elementsOf(bytes: Buffer): Iterable<Element> {
  for (let at = 0; at < bytes.length;) {
    const element = elementAt(bytes, at);
    yield element;
    at += element.whole.length;
  }
}

export function isSequence({ tag }: Element): boolean {
  return tag === SEQUENCE;
}
