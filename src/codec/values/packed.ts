import type { ElementPlan } from '../plan.ts';
import type { Fault, ValueCodec } from './value.ts';

const ZERO = 0x30;
const SEPARATOR_NIBBLE = 0xd;

/** Two digits a byte. In tracks the separator is nibble D, read as `=`. */
export function packedValue(plan: ElementPlan): ValueCodec {
  const track = plan.type === 'z';
  const left = plan.odd === 'left-0';
  const filler = plan.odd === 'right-F' ? 0xf : 0;
  // A prefix that counts bytes, or their halves, cannot say "odd": only the F at the end can.
  const evenCount = plan.prefix !== undefined && plan.prefix.counts !== 'units';
  const oddByFill = evenCount && plan.odd === 'right-F';

  const real = (bytes: Uint8Array, end: number, units: number): number =>
    oddByFill && units > 0 && (units & 1) === 0 && ((bytes[end - 1] ?? 0) & 0xf) === 0xf ? units - 1 : units;

  return {
    end: (_bytes, at, _limit, units) => at + ((units + 1) >> 1),
    units: (size) => size * 2,
    measure: (value) => value.length,
    check: (bytes, start, end, units) =>
      checkNibbles(bytes, start, end, real(bytes, end, units), { track, left, filler }),
    read: (bytes, start, end, units) => {
      const count = real(bytes, end, units);
      const hex = bytes.toString('hex', start, end);
      const odd = (count & 1) === 1;
      const digits = odd ? (left ? hex.slice(1) : hex.slice(0, -1)) : hex;
      return track ? digits.replaceAll('d', '=') : digits;
    },
    write: (value) => {
      if (evenCount && !oddByFill && (value.length & 1) === 1) {
        return { code: 'not-canonical', at: 0, reason: 'an odd number of digits cannot be told from an even one here' };
      }
      return pack(value, { track, left, filler });
    },
  };
}

interface Packing {
  readonly track: boolean;
  readonly left: boolean;
  readonly filler: number;
}

function checkNibbles(
  bytes: Uint8Array,
  start: number,
  end: number,
  units: number,
  packing: Packing,
): Fault | undefined {
  const odd = (units & 1) === 1;
  const first = odd && packing.left ? 1 : 0;
  const last = first + units;
  for (let nibble = 0; nibble < (end - start) * 2; nibble++) {
    const at = start + (nibble >> 1);
    const value = ((bytes[at] ?? 0) >> ((nibble & 1) === 0 ? 4 : 0)) & 0xf;
    if (nibble < first || nibble >= last) {
      if (value !== packing.filler)
        return {
          code: 'bad-padding',
          at,
          reason: `the unused nibble is not ${packing.filler.toString(16).toUpperCase()}`,
        };
    } else if (value > 9 && !(packing.track && value === SEPARATOR_NIBBLE)) {
      return {
        code: 'bad-content',
        at,
        reason: packing.track ? 'a nibble that is neither digit nor separator' : 'a nibble that is not a digit',
      };
    }
  }
  return undefined;
}

function pack(value: string, packing: Packing): Buffer | Fault {
  const odd = (value.length & 1) === 1;
  const bytes = Buffer.alloc((value.length + 1) >> 1, odd && !packing.left ? packing.filler : 0);
  const shift = odd && packing.left ? 1 : 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const digit = code - ZERO;
    const nibble = digit >= 0 && digit <= 9 ? digit : packing.track && code === 0x3d ? SEPARATOR_NIBBLE : -1;
    if (nibble < 0)
      return { code: 'bad-content', at, reason: packing.track ? 'not a digit or the separator =' : 'not a digit' };
    const place = at + shift;
    const index = place >> 1;
    const byte = bytes[index] ?? 0;
    bytes[index] = (place & 1) === 0 ? (byte & 0x0f) | (nibble << 4) : (byte & 0xf0) | nibble;
  }
  return bytes;
}

/** A sign of one character and packed digits behind it. */
export function signedPackedValue(plan: ElementPlan): ValueCodec {
  const digits = packedValue({ ...plan, type: 'n' });
  return {
    end: (_bytes, at, _limit, units) => at + 1 + (units >> 1),
    units: (size) => (size - 1) * 2 + 1,
    measure: (value) => value.length,
    check: (bytes, start, end, units) => {
      const sign = bytes[start];
      if (sign !== 0x43 && sign !== 0x44)
        return { code: 'bad-content', at: start, reason: 'the sign is neither C nor D' };
      return digits.check(bytes, start + 1, end, units - 1);
    },
    read: (bytes, start, end, units) =>
      bytes.toString('latin1', start, start + 1) + digits.read(bytes, start + 1, end, units - 1),
    write: (value) => {
      const sign = value.charAt(0);
      if (sign !== 'C' && sign !== 'D') return { code: 'bad-content', at: 0, reason: 'the sign is neither C nor D' };
      const packed = pack(value.slice(1), {
        track: false,
        left: plan.odd === 'left-0',
        filler: plan.odd === 'right-F' ? 0xf : 0,
      });
      if (!Buffer.isBuffer(packed)) return { ...packed, at: packed.at + 1 };
      return Buffer.concat([Buffer.from(sign, 'latin1'), packed]);
    },
  };
}
