import { isUtf8 } from 'node:buffer';
import type { ElementPlan, ValueType } from '../plan.ts';
import { admits, nameOf } from './alphabet.ts';
import type { Fault, ValueCodec } from './value.ts';

/** UTF-8 text. Its units are bytes, or code points where the prefix counts them. */
export function utf8Value(plan: ElementPlan & { readonly type: Exclude<ValueType, 'b'> }): ValueCodec {
  const characters = plan.prefix?.counts === 'units';
  /** Where the first character stands that may not be there; negative: nowhere. */
  const refused = (text: string): number => {
    for (let at = 0; at < text.length; at++) {
      const code = text.codePointAt(at) ?? 0;
      if (!admits(plan.type, code, plan.asciiOnly)) return at;
      if (code > 0xffff) at++;
    }
    return -1;
  };
  const fault = (at: number, reason: string): Fault => ({ code: 'bad-content', at, reason });
  const checkWhole = (bytes: Uint8Array, start: number, end: number): Fault | undefined => {
    const view = bytes.subarray(start, end);
    if (!isUtf8(view)) return fault(start, 'not UTF-8');
    const text = Buffer.from(view.buffer, view.byteOffset, view.length).toString('utf8');
    const at = refused(text);
    return at < 0 ? undefined : fault(start + Buffer.byteLength(text.slice(0, at)), nameOf(plan.type));
  };

  return {
    end: characters ? endOfCharacters : (_bytes, at, _limit, units) => at + units,
    units: (size) => size,
    measure: (value) => (characters ? Array.from(value).length : Buffer.byteLength(value)),
    check: (bytes, start, end) => {
      let at = start;
      while (at < end && (bytes[at] ?? 0) < 0x80 && admits(plan.type, bytes[at] ?? 0, plan.asciiOnly)) at++;
      return at === end ? undefined : checkWhole(bytes, start, end);
    },
    read: (bytes, start, end) => bytes.toString('utf8', start, end),
    write: (value) => {
      const at = refused(value);
      return at < 0 ? Buffer.from(value, 'utf8') : fault(at, nameOf(plan.type));
    },
  };
}

/** The end of `count` code points; behind `limit` when they are not all there. */
function endOfCharacters(bytes: Uint8Array, at: number, limit: number, count: number): number {
  let end = at;
  for (let left = count; left > 0; left--) {
    if (end >= limit) return limit + left;
    end++;
    while (end < limit && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  }
  return end;
}
