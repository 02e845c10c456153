import { byteTable } from '../bytes.ts';
import type { ElementPlan, ValueType } from '../plan.ts';
import { CODE_PAGES } from '../tables.ts';
import { admits, nameOf } from './alphabet.ts';
import type { Fault, ValueCodec } from './value.ts';

type CodePage = keyof typeof CODE_PAGES;

/** Characters of one byte each: US-ASCII, ISO 8859-1, cp1256, EBCDIC 1047, 500 and 037. */
export function textValue(plan: ElementPlan & { readonly type: Exclude<ValueType, 'b'> }): ValueCodec {
  const page = plan.encoding as CodePage;
  const table = CODE_PAGES[page];
  const admitted = admittedBytes(plan, table);
  const signed = plan.type === 'x+n';
  const ascii = page === 'ascii' || page === 'latin1';

  const fault = (at: number, first: boolean): Fault => ({
    code: 'bad-content',
    at,
    reason: signed && first ? 'the sign is neither C nor D' : nameOf(plan.type),
  });

  return {
    end: (_bytes, at, _limit, units) => at + units,
    units: (size) => size,
    measure: (value) => value.length,
    check: (bytes, start, end) => {
      for (let at = start; at < end; at++) {
        const byte = bytes[at] ?? 0;
        if (admitted[byte] === 0) return fault(at, at === start);
        if (signed && isSign(table.charCodeAt(byte)) !== (at === start)) return fault(at, at === start);
      }
      return undefined;
    },
    read: (bytes, start, end) => {
      if (ascii) return bytes.toString('latin1', start, end);
      let text = '';
      for (let at = start; at < end; at++) text += table.charAt(bytes[at] ?? 0);
      return text;
    },
    write: (value) => {
      const bytes = Buffer.allocUnsafe(value.length);
      for (let at = 0; at < value.length; at++) {
        const code = value.charCodeAt(at);
        const byte = ascii ? code : table.indexOf(value.charAt(at));
        if (byte < 0 || byte > 0xff || admitted[byte] === 0) return fault(at, at === 0);
        if (signed && isSign(code) !== (at === 0)) return fault(at, at === 0);
        bytes[at] = byte;
      }
      return bytes;
    },
  };
}

/** One flag a byte: may it stand in this element? */
export function admittedBytes(
  plan: ElementPlan & { readonly type: Exclude<ValueType, 'b'> },
  table: string,
): Uint8Array {
  return byteTable((byte) => (admits(plan.type, table.charCodeAt(byte), plan.asciiOnly) ? 1 : 0));
}

function isSign(code: number): boolean {
  return code === 0x43 || code === 0x44;
}
