import { CodecError } from '../error.ts';
import type { PrefixPlan } from '../plan.ts';
import { readPrefix, writePrefix } from '../prefix.ts';
import { pairsOf, type ContentCodec, type Entry, type OrderedInput, type Workshop } from './types.ts';

/** Data sets: an identifier, a length, and content of its own for each (ISO 8583:1993 and 2003, elements like 48, 104, 110).
 *  Sets the dialect does not know are kept as they are. */
export function datasetsContent(
  plan: { readonly id: PrefixPlan; readonly length: PrefixPlan },
  sets: ReadonlyMap<string, ContentCodec>,
  workshop: Workshop,
): ContentCodec {
  const headBytes = plan.id.bytes + plan.length.bytes;
  const nameOf = (id: number): string =>
    id
      .toString(16)
      .toUpperCase()
      .padStart(plan.id.bytes * 2, '0');

  const heads = (
    bytes: Buffer,
    path: string,
    offset: number,
  ): { id: string; at: number; start: number; end: number }[] => {
    const found: { id: string; at: number; start: number; end: number }[] = [];
    for (let at = 0; at < bytes.length;) {
      if (at + headBytes > bytes.length)
        throw new CodecError('bad-tlv', path, offset + at, 'a data set is cut in its head');
      const id = nameOf(readPrefix(plan.id, bytes, at));
      const length = readPrefix(plan.length, bytes, at + plan.id.bytes);
      const start = at + headBytes;
      if (length < 0)
        throw new CodecError('bad-length', `${path}.${id}`, offset + at + plan.id.bytes, 'the length is not a number');
      if (length > bytes.length - start) {
        throw new CodecError(
          'bad-tlv',
          `${path}.${id}`,
          offset + start,
          `${length} bytes are announced, ${bytes.length - start} are left`,
        );
      }
      if (found.some((set) => set.id === id))
        throw new CodecError('duplicate-tag', `${path}.${id}`, offset + at, 'the data set comes twice');
      found.push({ id, at, start, end: start + length });
      at = start + length;
    }
    return found;
  };

  const body = (id: string, value: OrderedInput, path: string): Buffer => {
    if (typeof value === 'string') return workshop.unknown.write(value, path);
    const content = sets.get(id);
    if (content === undefined)
      throw new CodecError('bad-content', path, 0, 'a data set the dialect does not describe is given as a whole');
    return content.write(value, path);
  };

  return {
    check: (bytes, path, offset) => {
      for (const { id, start, end } of heads(bytes, path, offset))
        sets.get(id)?.check(bytes.subarray(start, end), `${path}.${id}`, offset + start);
    },
    entries: (bytes) =>
      heads(bytes, '', 0).map(({ id, at, start, end }): Entry => {
        const children = sets.get(id)?.entries(bytes.subarray(start, end));
        const value = workshop.unknown.read(bytes, { start, end, units: workshop.unknown.value.units(end - start) });
        return { key: id, at, start, end, value, ...(children && { children }) };
      }),
    write: (input, path) =>
      Buffer.concat(
        pairsOf(input, path).flatMap(([id, value]) => {
          const inner = `${path}.${id}`;
          const head = Buffer.alloc(headBytes);
          if (nameOf(parseInt(id, 16)) !== id || !writePrefix(plan.id, parseInt(id, 16), head, 0))
            throw new CodecError('bad-tlv', path, 0, 'a key is not an identifier'); // it may be a value: not shown
          const bytes = body(id, value, inner);
          if (!writePrefix(plan.length, bytes.length, head, plan.id.bytes))
            throw new CodecError('too-long', inner, 0, 'does not fit the length');
          return [head, bytes];
        }),
      ),
  };
}
