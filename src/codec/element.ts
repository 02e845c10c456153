import { CodecError } from './error.ts';
import { contentCodec } from './content/content.ts';
import {
  isInput,
  type ContentCodec,
  type Extent,
  type OrderedInput,
  type Part,
  type PartsInput,
} from './content/types.ts';
import type { ElementPlan } from './plan.ts';
import { readPrefix, writePrefix } from './prefix.ts';
import { valueCodec } from './values/make.ts';
import { isFault, type ValueCodec } from './values/value.ts';

/** One element on the wire: prefix, value, and what is inside it. The reference that the generated code is measured against. */
export class Element implements Part {
  readonly plan: ElementPlan;
  readonly value: ValueCodec;
  readonly content: ContentCodec | undefined;
  /** Bytes of the length before the value. */
  readonly prefixBytes: number;
  /** What is composed of parts needs no look of its own: they were looked at. */
  readonly #sound: boolean;

  constructor(plan: ElementPlan) {
    this.plan = plan;
    this.value = valueCodec(plan);
    this.content =
      plan.content === undefined
        ? undefined
        : contentCodec(plan.content, { part: (inner) => new Element(inner), unknown: new Element(unknownPart(plan)) });
    this.prefixBytes = plan.prefix?.bytes ?? 0;
    this.#sound = isSound(plan);
  }

  /** Finds the element at `at` and checks its length.
   *  @throws CodecError `truncated`, `bad-length`, `too-long`, `too-short` */
  locate(bytes: Uint8Array, at: number, limit: number, path: string): Extent {
    const start = this.#start(at, limit, path);
    const units = this.#unitsAt(bytes, at, path);
    this.checkLength(units, path, at);
    return this.#until(this.value.end(bytes, start, limit, units), start, limit, units, path);
  }

  /** @throws CodecError `too-long`, `too-short` */
  checkLength(units: number, path: string, at: number): void {
    if (units > this.plan.max) throw new CodecError('too-long', path, at, `${units} long, at most ${this.plan.max}`);
    if (units < this.plan.min) throw new CodecError('too-short', path, at, `${units} long, at least ${this.plan.min}`);
  }

  /** Where the element at `at` stands, however long it may be.
   *  @throws CodecError `truncated`, `bad-length` */
  extent(bytes: Uint8Array, at: number, limit: number, path: string): Extent {
    const start = this.#start(at, limit, path);
    const units = this.#unitsAt(bytes, at, path);
    return this.#until(this.value.end(bytes, start, limit, units), start, limit, units, path);
  }

  #start(at: number, limit: number, path: string): number {
    const start = at + this.prefixBytes;
    if (start > limit)
      throw new CodecError('truncated', path, at, `the length needs ${this.prefixBytes} bytes, ${limit - at} are left`);
    return start;
  }

  #until(end: number, start: number, limit: number, units: number, path: string): Extent {
    if (end > limit)
      throw new CodecError('truncated', path, start, `needs ${end - start} bytes, ${limit - start} are left`);
    return { start, end, units };
  }

  #unitsAt(bytes: Uint8Array, at: number, path: string): number {
    const prefix = this.plan.prefix;
    if (prefix === undefined) return this.plan.max;
    const count = readPrefix(prefix, bytes, at);
    if (count < 0) throw new CodecError('bad-length', path, at, 'the length is not a number');
    const own = prefix.includesItself ? prefix.bytes : 0;
    if (count < own) throw new CodecError('bad-length', path, at, 'the length does not even count itself');
    const counted = count - own;
    const units =
      prefix.counts === 'units'
        ? counted
        : (counted & 1) === 1 && prefix.counts === 'nibbles'
          ? NaN
          : this.value.units(prefix.counts === 'nibbles' ? counted / 2 : counted);
    if (!Number.isInteger(units)) throw new CodecError('bad-length', path, at, 'the length ends inside a byte');
    return units;
  }

  /** @throws CodecError for what may not stand there */
  check(bytes: Uint8Array, extent: Extent, path: string): void {
    const fault = this.value.check(bytes, extent.start, extent.end, extent.units);
    if (fault !== undefined) throw new CodecError(fault.code, path, fault.at, fault.reason);
    this.#checkPadding(bytes, extent, path);
    this.content?.check(this.inner(bytes, extent), path, extent.start);
  }

  #checkPadding(bytes: Uint8Array, extent: Extent, path: string): void {
    const { pad, min } = this.plan;
    if (pad === undefined || min === this.plan.max) return;
    const text = this.value.read(asBuffer(bytes), extent.start, extent.end, extent.units);
    if (strip(text, pad) !== text && text.length > min)
      throw new CodecError('not-canonical', path, extent.start, 'padding in a value of variable length');
  }

  /** The value of a checked element. */
  read(bytes: Buffer, extent: Extent): string {
    const text = this.value.read(bytes, extent.start, extent.end, extent.units);
    return this.plan.pad === undefined ? text : strip(text, this.plan.pad);
  }

  /** The bytes that content is parsed from: digits as characters where they are packed, bytes where they are hexadecimal. */
  inner(bytes: Uint8Array, extent: Extent): Buffer {
    const view = asBuffer(bytes);
    const { encoding, type } = this.plan;
    if (encoding === 'bcd') return Buffer.from(this.value.read(view, extent.start, extent.end, extent.units), 'latin1');
    if (type === 'b' && encoding !== 'binary')
      return Buffer.from(this.value.read(view, extent.start, extent.end, extent.units), 'hex');
    return view.subarray(extent.start, extent.end);
  }

  /** Prefix and value.
   *  @throws CodecError for anything that would not read back as `input` */
  write(input: OrderedInput, path: string): Buffer {
    if (!isInput(input)) throw new CodecError('bad-content', path, 0, 'a value is text, or parts');
    if (this.#sound && typeof input !== 'string' && this.content !== undefined)
      return this.#withPrefix(this.content.write(input, path), path);
    const value = typeof input === 'string' ? input : this.#compose(input, path);
    const padded = this.#pad(value, path);
    const units = this.value.measure(padded);
    const body = this.value.write(padded);
    if (isFault(body)) throw new CodecError(body.code, path, body.at, body.reason);
    const bytes = this.#withPrefix(body, path, units);
    const start = bytes.length - body.length;
    this.content?.check(this.inner(bytes, { start, end: bytes.length, units }), path, 0);
    return bytes;
  }

  #compose(input: PartsInput, path: string): string {
    if (this.content === undefined) throw new CodecError('bad-content', path, 0, 'has no subfields');
    const inner = this.content.write(input, path);
    if (this.plan.type === 'b') return inner.toString('hex').toUpperCase();
    if (this.plan.encoding === 'bcd') return inner.toString('latin1');
    return this.value.read(inner, 0, inner.length, this.value.units(inner.length));
  }

  #pad(value: string, path: string): string {
    const { pad, min } = this.plan;
    if (pad === undefined) return value;
    if (strip(value, pad) !== value)
      throw new CodecError('not-canonical', path, 0, 'carries padding that reading would strip');
    return pad.side === 'left' ? value.padStart(min, pad.with) : value.padEnd(min, pad.with);
  }

  /** @param units of the body, where they are not its bytes */
  #withPrefix(body: Buffer, path: string, units = body.length): Buffer {
    this.checkLength(units, path, 0);
    const prefix = this.plan.prefix;
    if (prefix === undefined) return body;
    const bytes = Buffer.allocUnsafe(prefix.bytes + body.length);
    const counted = prefix.counts === 'units' ? units : prefix.counts === 'bytes' ? body.length : body.length * 2;
    const count = counted + (prefix.includesItself ? prefix.bytes : 0);
    if (!writePrefix(prefix, count, bytes, 0))
      throw new CodecError('too-long', path, 0, `${count} does not fit the length prefix`);
    bytes.set(body, prefix.bytes);
    return bytes;
  }
}

/** Whether tags in UTF-8 text are text of it whatever they hold: then what is written is checked part by part, and not twice more. */
function isSound({ type, encoding, asciiOnly, prefix, pad, content }: ElementPlan): boolean {
  if (type !== 'ans' || encoding !== 'utf8' || asciiOnly || prefix?.counts === 'units' || pad !== undefined)
    return false;
  if (content?.kind !== 'tags' || content.tag.encoding !== 'ascii' || content.length.encoding !== 'ascii') return false;
  return Object.values(content.tags).every((part) => part.encoding === 'utf8' && part.type !== 'b');
}

/** How a part that the dialect does not describe stands in the value around it. */
function unknownPart(plan: ElementPlan): ElementPlan {
  const type = plan.type === 'b' ? 'b' : 'ans';
  const encoding = plan.type === 'b' ? 'binary' : plan.encoding === 'bcd' ? 'ascii' : plan.encoding;
  return {
    name: 'unknown',
    type,
    encoding,
    min: 0,
    max: Infinity,
    odd: 'left-0',
    asciiOnly: plan.asciiOnly,
    ...(plan.secret && { secret: plan.secret }),
  };
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function strip(text: string, pad: { side: 'left' | 'right'; with: string }): string {
  let start = 0;
  let end = text.length;
  if (pad.side === 'left') while (start < end && text[start] === pad.with) start++;
  else while (end > start && text[end - 1] === pad.with) end--;
  return text.slice(start, end);
}
