import type { Extent } from './content/types.ts';

/** Numbers a place takes: the element (lowest byte; above it where its digits stand, once they are made text), its start
 *  and end in the frame without the length prefix, and its units. */
export const PLACE = 4;
export const ELEMENT = 0xff;
export const DIGITS_AT = 8;

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

  constructor(
    mti: string,
    bytes: Buffer,
    base: number,
    length: number,
    places: Int32Array,
    first: number,
    last: number,
  ) {
    this.mti = mti;
    this.bytes = bytes;
    this.base = base;
    this.length = length;
    this.places = places;
    this.first = first;
    this.last = last;
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
    if (at < 0) return undefined;
    return { start: this.places[at + 1] ?? 0, end: this.places[at + 2] ?? 0, units: this.places[at + 3] ?? 0 };
  }
}
