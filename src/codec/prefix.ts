import type { PrefixPlan } from './plan.ts';

/** The number a length prefix (or a tag of digits) holds, or -1 when it is not one. The bytes are all there. */
export function readPrefix(plan: PrefixPlan, bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + plan.bytes; index++) {
    const byte = bytes[index] ?? 0;
    if (plan.encoding === 'binary') {
      value = value * 256 + byte;
    } else if (plan.encoding === 'bcd') {
      if (byte >> 4 > 9 || (byte & 0xf) > 9) return -1;
      value = value * 100 + (byte >> 4) * 10 + (byte & 0xf);
    } else {
      const digit = byte - (plan.encoding === 'ascii' ? 0x30 : 0xf0);
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
  }
  return value;
}

/** Writes a number that fits; false when it does not. */
export function writePrefix(plan: PrefixPlan, value: number, bytes: Uint8Array, at: number): boolean {
  let left = value;
  for (let index = at + plan.bytes - 1; index >= at; index--) {
    if (plan.encoding === 'binary') {
      bytes[index] = left & 0xff;
      left = Math.floor(left / 256);
    } else if (plan.encoding === 'bcd') {
      bytes[index] = ((Math.floor(left / 10) % 10) << 4) | (left % 10);
      left = Math.floor(left / 100);
    } else {
      bytes[index] = (plan.encoding === 'ascii' ? 0x30 : 0xf0) + (left % 10);
      left = Math.floor(left / 10);
    }
  }
  return left === 0;
}
