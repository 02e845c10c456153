import { randomBytes } from 'node:crypto';
import { HsmError } from '../errors.ts';
import type { PinBlockFormat } from '../hsm.ts';

/** The eight bytes that hold a PIN, before the PAN is mixed in: format, length, digits, fill (ISO 9564-1:2017 9). Work is done
 *  on bytes, not on strings: bytes can be wiped. Format 2 is the chip card's own; it is never translated. */
export type PinFieldFormat = PinBlockFormat | 2;

type Random = (bytes: number) => Buffer;

const FIELD_BYTES = 8;
const NIBBLES = 16;
const MIN_PIN = 4;
const MAX_PIN = 12;
const FIRST_DIGIT = 2;

/** @throws HsmError `pin.length` */
export function pinField(format: PinFieldFormat, pin: string, random: Random = randomBytes): Buffer {
  if (!/^\d{4,12}$/.test(pin)) throw new HsmError('pin.length', 'A PIN has 4 to 12 digits.');
  const field = Buffer.alloc(FIELD_BYTES);
  setNibble(field, 1, pin.length);
  for (let i = 0; i < pin.length; i++) setNibble(field, FIRST_DIGIT + i, pin.charCodeAt(i) - 48);
  reformatPinField(field, format, random);
  return field;
}

/** Turns a checked field into one of another format, in place: the same digits, new control and fill. */
export function reformatPinField(field: Uint8Array, format: PinFieldFormat, random: Random): void {
  setNibble(field, 0, format);
  const fill = fillOf(format, random);
  for (let at = FIRST_DIGIT + nibble(field, 1); at < NIBBLES; at++) setNibble(field, at, fill(at));
}

/** What follows the digits, by position. */
function fillOf(format: PinFieldFormat, random: Random): (at: number) => number {
  if (format === 4) return () => 0xa;
  if (format === 1) {
    const bytes = random(FIELD_BYTES);
    // From its start, so that what is drawn first fills first.
    let next = 0;
    return () => nibble(bytes, next++);
  }
  if (format !== 3) return () => 0xf;
  return () => randomLetter(random);
}

/** A-F without bias: six does not divide 256. */
function randomLetter(random: Random): number {
  for (;;) {
    for (const byte of random(4)) if (byte < 252) return 10 + (byte % 6);
  }
}

/** Checks a field, looking at all of it whatever is wrong.
 *  @throws HsmError `pin.block`; which part was wrong is not told: that would be an oracle */
export function checkPinField(format: PinFieldFormat, field: Uint8Array): void {
  const length = nibble(field, 1);
  let wrong = nibble(field, 0) ^ format;
  if (length < MIN_PIN || length > MAX_PIN) wrong |= 1;
  for (let at = FIRST_DIGIT; at < NIBBLES; at++) {
    const value = nibble(field, at);
    const good = at < FIRST_DIGIT + length ? value <= 9 : isFill(format, value);
    if (!good) wrong |= 1;
  }
  if (wrong !== 0) throw notAPin();
}

function isFill(format: PinFieldFormat, value: number): boolean {
  if (format === 1) return true;
  if (format === 3) return value >= 10;
  return value === (format === 4 ? 0xa : 0xf);
}

export function notAPin(): HsmError {
  return new HsmError('pin.block', 'The PIN block does not hold a PIN for this PAN under this key.');
}

/** The digits of a checked field. */
export function pinOfField(field: Uint8Array): string {
  return Buffer.from(field)
    .toString('hex')
    .slice(FIRST_DIGIT, FIRST_DIGIT + nibble(field, 1));
}

function nibble(bytes: Uint8Array, at: number): number {
  const byte = bytes[at >> 1] ?? 0;
  return at % 2 === 0 ? byte >> 4 : byte & 15;
}

function setNibble(bytes: Uint8Array, at: number, value: number): void {
  const byte = bytes[at >> 1] ?? 0;
  bytes[at >> 1] = at % 2 === 0 ? (value << 4) | (byte & 15) : (byte & 0xf0) | value;
}
