import { CodecError } from '../error.ts';
import type { ElementPlan } from '../plan.ts';
import { pairsOf, shownKey, type ContentCodec, type Entry, type Part, type Workshop } from './types.ts';

/** Subfields that a bitmap of their own announces (ISO 8583:2003 DE 43 and 49, Postilion DE 127). Bit n is subfield n. */
export function bitmappedContent(
  plan: { readonly bytes: number; readonly fields: Readonly<Record<string, ElementPlan>> },
  workshop: Workshop,
): ContentCodec {
  const parts = new Map(Object.entries(plan.fields).map(([key, element]) => [key, workshop.part(element)]));

  const announced = (bytes: Buffer, path: string, offset: number): string[] => {
    if (bytes.length < plan.bytes)
      throw new CodecError('bad-tlv', path, offset, `the bitmap needs ${plan.bytes} bytes`);
    const keys: string[] = [];
    for (let bit = 1; bit <= plan.bytes * 8; bit++) {
      if (((bytes[(bit - 1) >> 3] ?? 0) & (0x80 >> ((bit - 1) & 7))) !== 0) keys.push(String(bit));
    }
    return keys;
  };

  const walk = (
    bytes: Buffer,
    path: string,
    offset: number,
    visit: (key: string, part: Part, at: number) => number,
  ): void => {
    let at = plan.bytes;
    for (const key of announced(bytes, path, offset)) {
      const part = parts.get(key);
      if (part === undefined)
        throw new CodecError('undefined-field', `${path}.${key}`, offset + at, 'no such subfield');
      at = visit(key, part, at);
    }
    if (at < bytes.length)
      throw new CodecError('bad-tlv', path, offset + at, `${bytes.length - at} bytes after the last subfield`);
  };

  return {
    check: (bytes, path, offset) => {
      if (bytes.length === 0) return;
      walk(bytes, path, offset, (key, part, at) => {
        try {
          const extent = part.locate(bytes, at, bytes.length, `${path}.${key}`);
          part.check(bytes, extent, `${path}.${key}`);
          return extent.end;
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
          throw new CodecError(error.code, error.path, error.offset + offset, error.reason);
        }
      });
    },
    entries: (bytes) => {
      const found: Entry[] = [];
      if (bytes.length === 0) return found;
      walk(bytes, '', 0, (key, part, at) => {
        const { start, end, units } = part.locate(bytes, at, bytes.length, key);
        found.push({
          key,
          name: part.plan.name,
          plan: part.plan,
          at,
          start,
          end,
          value: part.read(bytes, { start, end, units }),
        });
        return end;
      });
      return found;
    },
    write: (input, path) => {
      const map = Buffer.alloc(plan.bytes);
      const pairs = pairsOf(input, path).sort(([a], [b]) => Number(a) - Number(b));
      const bodies = pairs.map(([key, value]) => {
        const part = parts.get(key);
        if (part === undefined)
          throw new CodecError('undefined-field', `${path}.${shownKey(key)}`, 0, 'no such subfield');
        const bit = Number(key) - 1;
        map[bit >> 3] = (map[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
        return part.write(value, `${path}.${key}`);
      });
      return Buffer.concat([map, ...bodies]);
    },
  };
}
