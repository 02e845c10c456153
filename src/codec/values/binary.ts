import type { ElementPlan } from '../plan.ts';
import { CODE_PAGES } from '../tables.ts';
import type { Fault, ValueCodec } from './value.ts';

const HEX = /^(?:[0-9A-F]{2})*$/;

/** Bytes as they are; the value is upper-case hexadecimal. */
const raw: ValueCodec = {
  end: (_bytes, at, _limit, units) => at + units,
  units: (size) => size,
  measure: (value) => value.length / 2,
  check: () => undefined,
  read: (bytes, start, end) => bytes.toString('hex', start, end).toUpperCase(),
  write: (value) => refusedHex(value) ?? Buffer.from(value, 'hex'),
};

/** Bytes, written on the wire as two hexadecimal digits each. */
function hexDigits(encoding: 'ascii' | 'ebcdic'): ValueCodec {
  const table = CODE_PAGES[encoding];
  const text = (bytes: Uint8Array, start: number, end: number): string => {
    let digits = '';
    for (let at = start; at < end; at++) digits += table.charAt(bytes[at] ?? 0);
    return digits;
  };
  return {
    end: (_bytes, at, _limit, units) => at + units * 2,
    units: (size) => size / 2,
    measure: (value) => value.length / 2,
    check: (bytes, start, end) => {
      const digits = text(bytes, start, end);
      const at = digits.search(/[^0-9A-F]/);
      if (at < 0) return undefined;
      const lower = /[a-f]/.test(digits.charAt(at));
      return {
        code: lower ? 'not-canonical' : 'bad-content',
        at: start + at,
        reason: lower ? 'a lower-case hexadecimal digit' : 'not a hexadecimal digit',
      };
    },
    read: (bytes, start, end) => text(bytes, start, end),
    write: (value) => refusedHex(value) ?? Buffer.from(Array.from(value, (digit) => table.indexOf(digit))),
  };
}

/** Bytes that stand on the wire in EBCDIC, as text does: each is another there, and none is lost. */
function translatedBytes(): ValueCodec {
  const from = Uint8Array.from(CODE_PAGES.ebcdic, (character) => character.charCodeAt(0));
  const to = new Uint8Array(256);
  for (const [byte, other] of from.entries()) to[other] = byte;
  const through = (table: Uint8Array, bytes: Uint8Array): Buffer =>
    Buffer.from(Uint8Array.from(bytes, (byte) => table[byte] ?? 0));
  return {
    ...raw,
    read: (bytes, start, end) => through(from, bytes.subarray(start, end)).toString('hex').toUpperCase(),
    write: (value) => refusedHex(value) ?? through(to, Buffer.from(value, 'hex')),
  };
}

/** Upper case only: lower case would read back as something else. */
function refusedHex(value: string): Fault | undefined {
  if (HEX.test(value)) return undefined;
  const at = value.search(/[^0-9A-F]/);
  return {
    code: 'bad-content',
    at: Math.max(at, 0),
    reason: at < 0 ? 'half a byte' : 'not an upper-case hexadecimal digit',
  };
}

export function binaryValue(plan: ElementPlan): ValueCodec {
  if (plan.encoding === 'ebcdic') return translatedBytes();
  if (plan.encoding === 'hex') return hexDigits('ascii');
  return plan.encoding === 'hex-ebcdic' ? hexDigits('ebcdic') : raw;
}
