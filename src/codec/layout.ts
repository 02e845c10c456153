import type { Extent } from './content/types.ts';
import { ALONE, BYTES, CHARACTERS, DIGITS_LEFT, KIND } from './reading.ts';

/** Three numbers are a place. How an element is read (see reading.ts) says what they are:
 *  - always, in the lowest byte of the first: the element;
 *  - characters: above it the start in the frame, which is the start in the text; the end; nothing;
 *  - bytes and digits: above it the start in the text; the end in the text; the start in the frame;
 *  - alone: above it the start in the frame; the end in the frame, complemented; units. */
export const PLACE = 3;
export const ELEMENT = 0xff;
export const ABOVE = 8;

/** A checked frame: where it lies in memory, and where its elements stand in it. */
export class Layout {
  readonly mti: string;
  /** Memory that holds the frame from `base` on, and maybe others around it. */
  readonly bytes: Buffer;
  readonly base: number;
  readonly length: number;
  /** From `first` until `last` places of this frame, in its order, without bitmaps; others around them. */
  readonly places: Int32Array;
  readonly first: number;
  readonly last: number;
  readonly #readings: Uint8Array;

  constructor(
    mti: string,
    bytes: Buffer,
    base: number,
    length: number,
    places: Int32Array,
    first: number,
    last: number,
    readings: Uint8Array,
  ) {
    this.mti = mti;
    this.bytes = bytes;
    this.base = base;
    this.length = length;
    this.places = places;
    this.first = first;
    this.last = last;
    this.#readings = readings;
  }

  /** The elements that are there, ascending. */
  get elements(): number[] {
    const found: number[] = [];
    for (let at = this.first; at < this.last; at += PLACE) found.push((this.places[at] ?? 0) & ELEMENT);
    return found;
  }

  /** Index in `places`; negative where the element is not there. */
  find(de: number): number {
    for (let at = this.first; at < this.last; at += PLACE) if (((this.places[at] ?? 0) & ELEMENT) === de) return at;
    return -1;
  }

  extent(de: number): Extent | undefined {
    const at = this.find(de);
    return at < 0 ? undefined : this.extentAt(at);
  }

  extentAt(place: number): Extent {
    const { places } = this;
    const first = places[place] ?? 0;
    const above = first >> ABOVE;
    const second = places[place + 1] ?? 0;
    const third = places[place + 2] ?? 0;
    switch ((this.#readings[first & ELEMENT] ?? ALONE) & KIND) {
      case ALONE:
        return { start: above, end: ~second, units: third };
      case CHARACTERS:
        return { start: above, end: second, units: second - above };
      case BYTES:
        return { start: third, end: third + ((second - above) >> 1), units: (second - above) >> 1 };
      default:
        return { start: third, end: third + ((second - above + 1) >> 1), units: second - above };
    }
  }
}

/** The layout of a frame that has memory of its own, with the extents of its elements in their order. */
export function layoutOf(
  mti: string,
  bytes: Buffer,
  found: readonly (readonly [de: number, extent: Extent])[],
  readings: Uint8Array,
): Layout {
  const places = new Int32Array(found.length * PLACE);
  let digits = bytes.length;
  for (const [index, [de, { start, end, units }]] of found.entries()) {
    const reading = (readings[de] ?? ALONE) & KIND;
    const text = reading === DIGITS_LEFT ? digits + (units & 1) : digits;
    if (reading === ALONE) places.set([de | (start << ABOVE), ~end, units], index * PLACE);
    else if (reading === CHARACTERS) places.set([de | (start << ABOVE), end], index * PLACE);
    else {
      places.set([de | (text << ABOVE), text + (reading === BYTES ? 2 * units : units), start], index * PLACE);
      digits += 2 * (end - start);
    }
  }
  return new Layout(mti, bytes, 0, bytes.length, places, 0, places.length, readings);
}
