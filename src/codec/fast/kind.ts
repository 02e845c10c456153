import { byteTable } from '../bytes.ts';
import type { ElementPlan } from '../plan.ts';
import { CODE_PAGES } from '../tables.ts';
import { admittedBytes } from '../values/text.ts';

/** What generated code knows how to do by itself. Everything else it leaves to the element's own codec. */
export type Fast =
  /** One byte a character; `identity`: the byte is the code point. */
  | { readonly kind: 'text'; readonly admitted: Uint8Array; readonly identity: boolean; readonly page: string }
  /** Two digits a byte. */
  | { readonly kind: 'packed'; readonly track: boolean; readonly left: boolean; readonly filler: number }
  /** Bytes as they are. */
  | { readonly kind: 'bytes' };

/** The fast way of an element, if there is one: no content to look into, no padding, a length that counts units. */
export function fastKind(plan: ElementPlan): Fast | undefined {
  if (plan.content !== undefined || plan.pad !== undefined) return undefined;
  const { prefix } = plan;
  if (prefix !== undefined && (prefix.includesItself || prefix.encoding === 'ebcdic' || prefix.counts === 'nibbles'))
    return undefined;
  if (plan.type === 'b') return plan.encoding === 'binary' ? { kind: 'bytes' } : undefined;
  if (plan.type === 'x+n') return undefined;
  switch (plan.encoding) {
    case 'bcd':
      if (prefix?.counts === 'bytes') return undefined;
      return {
        kind: 'packed',
        track: plan.type === 'z',
        left: plan.odd === 'left-0',
        filler: plan.odd === 'right-F' ? 0xf : 0,
      };
    case 'ascii':
    case 'latin1':
    case 'cp1256':
    case 'ebcdic':
    case 'ebcdic-500':
    case 'ebcdic-037': {
      const page = CODE_PAGES[plan.encoding];
      const identity = plan.encoding === 'ascii' || plan.encoding === 'latin1';
      return { kind: 'text', admitted: admittedBytes({ ...plan, type: plan.type }, page), identity, page };
    }
    default:
      return undefined;
  }
}

/** For each byte, whether both its nibbles may stand in packed digits (with `track`, nibble D too). */
export function packedBytes(track: boolean): Uint8Array {
  const fits = (nibble: number): boolean => nibble <= 9 || (track && nibble === 0xd);
  return byteTable((byte) => (fits(byte >> 4) && fits(byte & 0xf) ? 1 : 0));
}

/** For each character code, its nibble; 255 for none. */
export function nibbles(characters: string): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (let nibble = 0; nibble < characters.length; nibble++) table[characters.charCodeAt(nibble)] = nibble;
  return table;
}
