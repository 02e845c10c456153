import { CodecError } from '../error.ts';
import type { ElementPlan } from '../plan.ts';
import {
  pairsOf,
  type ContentCodec,
  type Entry,
  type OrderedInput,
  type Part,
  type Workshop,
  type PartsInput,
} from './types.ts';

const CONSTRUCTED = 0x20;
const MAX_TAG_BYTES = 4;
const MAX_DEPTH = 16;

/** BER-TLV as EMV uses it (EMV Book 3, annex B): tags of 1-4 bytes, definite lengths of 1-5 bytes, templates inside.
 *  Padding of 00 before, between and after data objects (Book 3, annex B1) is kept: a run of it is an entry `00`, whose value is
 *  the rest of the run. FF is no padding here. */
export function berContent(tags: Readonly<Record<string, ElementPlan>>, workshop: Workshop): ContentCodec {
  const parts = new Map(Object.entries(tags).map(([tag, plan]) => [tag, workshop.part(plan)]));
  const partOf = (tag: string): Part => parts.get(tag) ?? workshop.unknown;

  const entries = (bytes: Buffer, from: number, to: number): Entry[] => {
    const found: Entry[] = [];
    for (let at = from; at < to;) {
      const pad = paddingEnd(bytes, at, to);
      if (pad > at) {
        found.push({ key: PADDING, name: 'Padding', at, start: at + 1, end: pad, value: '00'.repeat(pad - at - 1) });
        at = pad;
        continue;
      }
      const head = readHead(bytes, at, to, '', 0);
      const plan = parts.get(head.tag)?.plan;
      const children = head.constructed ? entries(bytes, head.start, head.end) : undefined;
      const part = head.constructed ? workshop.unknown : partOf(head.tag);
      const extent = { start: head.start, end: head.end, units: part.value.units(head.end - head.start) };
      found.push({
        key: head.tag,
        at,
        start: head.start,
        end: head.end,
        value: part.read(bytes, extent),
        ...(plan === undefined ? {} : { plan, name: plan.name }),
        ...(children === undefined ? {} : { children }),
      });
      at = head.end;
    }
    return found;
  };

  const check = (bytes: Buffer, from: number, to: number, path: string, offset: number, depth: number): void => {
    if (depth > MAX_DEPTH)
      throw new CodecError('bad-tlv', path, offset + from, `templates more than ${MAX_DEPTH} deep`);
    const seen = new Set<string>();
    for (let at = paddingEnd(bytes, from, to); at < to; at = paddingEnd(bytes, at, to)) {
      const head = readHead(bytes, at, to, path, offset);
      const inner = `${path}.${head.tag}`;
      if (seen.has(head.tag)) throw new CodecError('duplicate-tag', inner, offset + at, 'the tag comes twice');
      seen.add(head.tag);
      if (head.constructed) check(bytes, head.start, head.end, inner, offset, depth + 1);
      else checkPart(partOf(head.tag), bytes, head, inner, offset);
      at = head.end;
    }
  };

  const write = (input: PartsInput, path: string, depth: number): Buffer => {
    if (depth > MAX_DEPTH) throw new CodecError('bad-tlv', path, 0, `templates more than ${MAX_DEPTH} deep`);
    return Buffer.concat(pairsOf(input, path).flatMap(([tag, value]) => writeTag(tag, value, path, depth)));
  };

  const writeTag = (tag: string, value: OrderedInput, around: string, depth: number): Buffer[] => {
    if (tag === PADDING) return [paddingBytes(value, around)];
    const bytes = tagBytes(tag, around);
    const path = `${around}.${tag}`;
    const constructed = ((bytes[0] ?? 0) & CONSTRUCTED) !== 0;
    const body =
      typeof value !== 'string' && constructed
        ? write(value, path, depth + 1)
        : (constructed ? workshop.unknown : partOf(tag)).write(value, path);
    return [bytes, lengthBytes(body.length), body];
  };

  return {
    check: (bytes, path, offset) => {
      check(bytes, 0, bytes.length, path, offset, 1);
    },
    entries: (bytes) => entries(bytes, 0, bytes.length),
    write: (input, path) => write(input, path, 1),
  };
}

const PADDING = '00';

/** Where the padding that begins at `at` ends; `at` where there is none. */
function paddingEnd(bytes: Buffer, at: number, to: number): number {
  let end = at;
  while (end < to && bytes[end] === 0) end++;
  return end;
}

function paddingBytes(value: OrderedInput, path: string): Buffer {
  if (typeof value !== 'string' || !/^(?:00)*$/.test(value))
    throw new CodecError('bad-tlv', `${path}.${PADDING}`, 0, 'padding is of 00 alone');
  return Buffer.alloc(1 + value.length / 2);
}

interface Head {
  readonly tag: string;
  readonly constructed: boolean;
  readonly start: number;
  readonly end: number;
}

function readHead(bytes: Buffer, at: number, to: number, path: string, offset: number): Head {
  const first = bytes[at] ?? 0;
  let end = at + 1;
  if ((first & 0x1f) === 0x1f) while (end < to && ((bytes[end] ?? 0) & 0x80) !== 0) end++;
  if ((first & 0x1f) === 0x1f) end++;
  const length = end - at;
  const tag = bytes.toString('hex', at, Math.min(end, to, at + MAX_TAG_BYTES)).toUpperCase();
  const fail = (where: number, reason: string): never => {
    throw new CodecError('bad-tlv', `${path}.${tag}`, offset + where, reason);
  };
  if (length > MAX_TAG_BYTES) fail(at, `a tag of more than ${MAX_TAG_BYTES} bytes`);
  if (end > to) fail(at, 'the tag is cut');
  if (length > 1 && bytes[at + 1] === 0x80) fail(at, 'the tag number begins with a zero');
  return { tag, constructed: (first & CONSTRUCTED) !== 0, ...readLength(bytes, end, to, fail) };
}

function readLength(
  bytes: Buffer,
  at: number,
  to: number,
  fail: (where: number, reason: string) => never,
): { start: number; end: number } {
  if (at >= to) fail(at, 'no length');
  const first = bytes[at] ?? 0;
  let start = at + 1;
  let length = first;
  if (first === 0x80) fail(at, 'indefinite length');
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4) fail(at, `a length of ${count} bytes`);
    if (start + count > to) fail(at, 'the length is cut');
    length = bytes.readUIntBE(start, count);
    start += count;
  }
  if (length > to - start) fail(start, `${length} bytes are announced, ${to - start} are left`);
  return { start, end: start + length };
}

function checkPart(part: Part, bytes: Buffer, head: Head, path: string, offset: number): void {
  const units = part.value.units(head.end - head.start);
  if (units > part.plan.max)
    throw new CodecError('too-long', path, offset + head.start, `${units} long, at most ${part.plan.max}`);
  if (units < part.plan.min)
    throw new CodecError('too-short', path, offset + head.start, `${units} long, at least ${part.plan.min}`);
  const fault = part.value.check(bytes, head.start, head.end, units);
  if (fault !== undefined) throw new CodecError(fault.code, path, offset + fault.at, fault.reason);
}

/** @throws CodecError with the path around it when `tag` is not one BER tag in upper-case hexadecimal: what stands where a
 *  tag should be may be a value, and errors show none */
function tagBytes(tag: string, path: string): Buffer {
  const bytes = Buffer.from(tag.slice(0, 2 * MAX_TAG_BYTES + 2), 'hex');
  if (bytes.length === 0 || bytes.length > MAX_TAG_BYTES || bytes.toString('hex').toUpperCase() !== tag)
    throw new CodecError('bad-tlv', path, 0, 'not a tag in upper-case hexadecimal');
  const head = readHead(Buffer.concat([bytes, Buffer.alloc(1)]), 0, bytes.length + 1, path, 0);
  if (head.tag !== tag) throw new CodecError('bad-tlv', path, 0, 'not one whole tag');
  return bytes;
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}
