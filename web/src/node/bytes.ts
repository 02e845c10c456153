/** As much of Node.js's Buffer as the codec and the reader of captures use, for a browser: src/ is written for the gateway, and decodes
 *  here exactly as it does there (test/web/decode.test.ts compares the two). */

type Encoding = 'hex' | 'latin1' | 'ascii' | 'utf8' | 'utf-8' | 'binary';

const UTF8 = new TextDecoder('utf-8');

export class Bytes extends Uint8Array {
  static override from(source: unknown, encoding?: unknown, length?: unknown): Bytes {
    if (typeof source === 'string') return ofText(source, encoding as Encoding | undefined);
    if (source instanceof ArrayBuffer) return new Bytes(source, encoding as number | undefined, length as number | undefined); // prettier-ignore
    return new Bytes(source as ArrayLike<number>);
  }
  static alloc(size: number, fill = 0): Bytes {
    return new Bytes(size).fill(fill);
  }
  static allocUnsafe(size: number): Bytes {
    return new Bytes(size);
  }
  static allocUnsafeSlow(size: number): Bytes {
    return new Bytes(size);
  }
  static concat(parts: readonly Uint8Array[]): Bytes {
    const whole = new Bytes(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
  static isBuffer(value: unknown): value is Bytes {
    return value instanceof Bytes;
  }
  static byteLength(text: string): number {
    return new TextEncoder().encode(text).length;
  }

  override toString(encoding: Encoding = 'utf8', start = 0, end = this.length): string {
    const part = this.subarray(start, end);
    if (encoding === 'hex') return Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join('');
    if (encoding === 'utf8' || encoding === 'utf-8') return UTF8.decode(part);
    const mask = encoding === 'ascii' ? 0x7f : 0xff;
    let text = '';
    for (const byte of part) text += String.fromCharCode(byte & mask);
    return text;
  }
  latin1Slice(start?: number, end?: number): string {
    return this.toString('latin1', start, end);
  }
  /** The same memory, as Node.js has it. */
  override slice(start?: number, end?: number): Bytes {
    const part = this.subarray(start, end);
    return new Bytes(part.buffer, part.byteOffset, part.length);
  }
  copy(target: Uint8Array, targetStart = 0, start = 0, end = this.length): number {
    const part = this.subarray(start, Math.min(end, start + target.length - targetStart));
    target.set(part, targetStart);
    return part.length;
  }
  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, at) => byte === other[at]);
  }
  override indexOf(wanted: unknown, from = 0): number {
    if (typeof wanted === 'number') return super.indexOf(wanted, from);
    const bytes = typeof wanted === 'string' ? ofText(wanted, 'utf8') : (wanted as Uint8Array);
    for (let at = from; at + bytes.length <= this.length; at++)
      if (bytes.every((byte, n) => this[at + n] === byte)) return at;
    return -1;
  }
  readUInt8(at = 0): number {
    return this.#view().getUint8(at);
  }
  readUInt16BE(at = 0): number {
    return this.#view().getUint16(at);
  }
  readUInt16LE(at = 0): number {
    return this.#view().getUint16(at, true);
  }
  readUInt32BE(at = 0): number {
    return this.#view().getUint32(at);
  }
  readUInt32LE(at = 0): number {
    return this.#view().getUint32(at, true);
  }
  readBigInt64BE(at = 0): bigint {
    return this.#view().getBigInt64(at);
  }
  readBigInt64LE(at = 0): bigint {
    return this.#view().getBigInt64(at, true);
  }
  readUIntBE(at: number, size: number): number {
    let value = 0;
    for (let n = 0; n < size; n++) value = value * 256 + this.readUInt8(at + n);
    return value;
  }
  #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.length);
  }
}

function ofText(text: string, encoding: Encoding = 'utf8'): Bytes {
  if (encoding === 'hex') {
    const pairs = /^(?:[0-9a-f]{2})*/i.exec(text)?.[0] ?? ''; // as Node.js: up to the first that is none
    return new Bytes((pairs.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  }
  if (encoding === 'utf8' || encoding === 'utf-8') return new Bytes(new TextEncoder().encode(text));
  return new Bytes(Array.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 0xff));
}
