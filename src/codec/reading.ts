import { DIGITS_AT, ELEMENT, PLACE, type Layout } from './layout.ts';
import type { ElementPlan } from './plan.ts';

/** How a value is cut out of text that is made once a frame. Numbers, since every value asks. */
export const ALONE = 0; // its own codec reads it
export const CHARACTERS = 1; // as the frame has them
export const BYTES = 2; // two digits each
export const DIGITS = 3; // packed; an unused nibble is the last
export const DIGITS_LEFT = 4; // packed; an unused nibble is the first
const TRACK = 8; // with DIGITS or DIGITS_LEFT: nibble D separates
export const KIND = 7; // all but that

export function readingOf(plan: ElementPlan | undefined): number {
  if (plan === undefined || plan.pad !== undefined) return ALONE;
  if (plan.encoding === 'ascii' || plan.encoding === 'latin1') return CHARACTERS;
  if (plan.encoding === 'binary') return BYTES;
  if (plan.encoding !== 'bcd' || plan.type === 'x+n' || plan.prefix?.counts === 'bytes') return ALONE;
  return (plan.odd === 'left-0' ? DIGITS_LEFT : DIGITS) + (plan.type === 'z' ? TRACK : 0);
}

const HEX = pairsOf('0123456789ABCDEF');
const TRACK_DIGITS = pairsOf('0123456789ABC=EF');

/** Two characters for each byte, as the machine orders them in 16 bits: made and used in the same way. */
function pairsOf(digits: string): Uint16Array {
  const characters = Uint8Array.from({ length: 512 }, (_, at) =>
    digits.charCodeAt(at % 2 === 0 ? at >> 5 : (at >> 1) & 0xf),
  );
  return new Uint16Array(characters.buffer);
}

const ROOM = 32_768;
/** Digits are put together here and made text. */
const characters = new Uint16Array(ROOM);
const written = Buffer.from(characters.buffer);

/** The digits of all packed and binary elements; notes in the places where those of each begin.
 *  @returns undefined: too many of them for this way */
export function digitsOf(layout: Layout, readings: Uint8Array): string | undefined {
  const { bytes, base, places, first, last } = layout;
  if (layout.length > ROOM) return undefined;
  let to = 0;
  for (let place = first; place < last; place += PLACE) {
    const de = (places[place] ?? 0) & ELEMENT;
    const reading = readings[de] ?? ALONE;
    if (reading < BYTES) continue;
    const pairs = reading > TRACK ? TRACK_DIGITS : HEX;
    places[place] = de | ((to * 2) << DIGITS_AT);
    const end = base + (places[place + 2] ?? 0);
    for (let at = base + (places[place + 1] ?? 0); at < end; at++) characters[to++] = pairs[bytes[at] ?? 0] ?? 0;
  }
  return written.toString('latin1', 0, to * 2);
}
