import { CodecError } from '../error.ts';
import type { ElementPlan, PrefixPlan } from '../plan.ts';
import { readPrefix, writePrefix } from '../prefix.ts';
import { pairsOf, type ContentCodec, type Entry, type Extent, type Part, type Workshop } from './types.ts';

/** A tag of fixed size, a length of fixed size, a value; repeated (wire.md 5). Tags the dialect does not know are kept;
 *  a tag that comes twice is refused. Written in the order of the tags. */
export function tagsContent(
  plan: { readonly tag: PrefixPlan; readonly length: PrefixPlan; readonly tags: Readonly<Record<string, ElementPlan>> },
  workshop: Workshop,
): ContentCodec {
  const parts = new Map(Object.entries(plan.tags).map(([tag, element]) => [tag, workshop.part(element)]));
  const partOf = (tag: string): Part => parts.get(tag) ?? workshop.unknown;
  const headBytes = plan.tag.bytes + plan.length.bytes;
  const own = plan.length.includesItself ? headBytes : 0;
  /** Of tags that the dialect describes, and that were written once. */
  const numbers = new Map<string, number>();
  const numberOf = (tag: string, path: string): number => {
    const known = numbers.get(tag);
    if (known !== undefined) return known;
    const number = tagNumber(plan.tag, tag, path);
    if (parts.has(tag)) numbers.set(tag, number);
    return number;
  };

  /** The tag at `at`, and its value's extent in bytes. */
  const head = (
    bytes: Buffer,
    at: number,
    path: string,
    offset: number,
  ): { tag: string; start: number; end: number } => {
    if (at + headBytes > bytes.length)
      throw new CodecError(
        'bad-tlv',
        path,
        offset + at,
        `${bytes.length - at} bytes where a tag and a length should be`,
      );
    const number = readPrefix(plan.tag, bytes, at);
    if (number < 0) throw new CodecError('bad-tlv', path, offset + at, 'the tag is not a number');
    const tag = tagName(plan.tag, number);
    const length = readPrefix(plan.length, bytes, at + plan.tag.bytes);
    if (length < 0)
      throw new CodecError('bad-length', `${path}.${tag}`, offset + at + plan.tag.bytes, 'the length is not a number');
    const start = at + headBytes;
    const end = start + length - own;
    if (end < start)
      throw new CodecError(
        'bad-length',
        `${path}.${tag}`,
        offset + at + plan.tag.bytes,
        'the length does not even count itself',
      );
    if (end > bytes.length) {
      throw new CodecError(
        'bad-tlv',
        `${path}.${tag}`,
        offset + start,
        `${length} bytes are announced, ${bytes.length - start} are left`,
      );
    }
    return { tag, start, end };
  };

  return {
    check: (bytes, path, offset) => {
      const seen = new Set<string>();
      for (let at = 0; at < bytes.length;) {
        const { tag, start, end } = head(bytes, at, path, offset);
        const inner = `${path}.${tag}`;
        if (seen.has(tag)) throw new CodecError('duplicate-tag', inner, offset + at, 'the tag comes twice');
        seen.add(tag);
        checkValue(partOf(tag), bytes, start, end, inner, offset);
        at = end;
      }
    },
    entries: (bytes) => {
      const found: Entry[] = [];
      for (let at = 0; at < bytes.length;) {
        const { tag, start, end } = head(bytes, at, '', 0);
        const known = parts.get(tag);
        const part = known ?? workshop.unknown;
        const extent: Extent = { start, end, units: part.value.units(end - start) };
        const children = part.content?.entries(part.inner(bytes, extent));
        found.push({
          key: tag,
          at,
          start,
          end,
          value: part.read(bytes, extent),
          ...(known === undefined ? {} : { plan: known.plan, name: known.plan.name }),
          ...(children === undefined ? {} : { children }),
        });
        at = end;
      }
      return found;
    },
    write: (input, path) => {
      const pairs = pairsOf(input, path);
      if (!Array.isArray(input)) pairs.sort(([a], [b]) => (a < b ? -1 : 1));
      const bodies: Buffer[] = [];
      let size = pairs.length * headBytes;
      for (const [tag, value] of pairs) {
        numberOf(tag, path); // refused where it is none
        const body = partOf(tag).write(value, `${path}.${tag}`);
        size += body.length;
        bodies.push(body);
      }
      const bytes = Buffer.allocUnsafe(size);
      const seen = new Set<string>();
      let at = 0;
      for (const [index, [tag]] of pairs.entries()) {
        const body = bodies[index] as Buffer;
        if (seen.has(tag)) throw new CodecError('duplicate-tag', `${path}.${tag}`, at, 'the tag comes twice');
        seen.add(tag);
        writePrefix(plan.tag, numberOf(tag, path), bytes, at);
        if (!writePrefix(plan.length, body.length + own, bytes, at + plan.tag.bytes))
          throw new CodecError('too-long', `${path}.${tag}`, 0, `${body.length} bytes do not fit the length`);
        at += headBytes;
        bytes.set(body, at);
        at += body.length;
      }
      return bytes;
    },
  };
}

function checkValue(part: Part, bytes: Buffer, start: number, end: number, path: string, offset: number): void {
  const units = part.value.units(end - start);
  if (units > part.plan.max)
    throw new CodecError('too-long', path, offset + start, `${units} long, at most ${part.plan.max}`);
  if (units < part.plan.min)
    throw new CodecError('too-short', path, offset + start, `${units} long, at least ${part.plan.min}`);
  const fault = part.value.check(bytes, start, end, units);
  if (fault !== undefined) throw new CodecError(fault.code, path, offset + fault.at, fault.reason);
  part.content?.check(part.inner(bytes, { start, end, units }), path, offset + start);
}

/** @throws CodecError with the path around it when `tag` is none: what stands there may be a value, and errors show none */
function tagNumber(plan: PrefixPlan, tag: string, path: string): number {
  const number = plan.encoding === 'binary' ? parseInt(tag, 16) : Number(tag);
  if (tagName(plan, number) === tag && writePrefix(plan, number, Buffer.alloc(plan.bytes), 0)) return number;
  const digits = plan.encoding === 'binary' ? 'hexadecimal digits' : 'digits';
  throw new CodecError('bad-tlv', path, 0, `a key is not a tag of ${tagName(plan, 0).length} ${digits}`);
}

/** `01` for two digits, `1E` for a binary byte. */
function tagName(plan: PrefixPlan, number: number): string {
  if (plan.encoding === 'binary')
    return number
      .toString(16)
      .toUpperCase()
      .padStart(plan.bytes * 2, '0');
  return String(number).padStart(plan.encoding === 'bcd' ? plan.bytes * 2 : plan.bytes, '0');
}
