import type { Extent } from './content/types.ts';

/** Where everything in a frame stands. */
export class Layout {
  readonly mti: string;
  /** In the order of the frame, without bitmaps. */
  readonly elements: readonly number[];
  /** Start, end and units of each of `elements`. */
  readonly spans: readonly number[];

  constructor(mti: string, elements: readonly number[], spans: readonly number[]) {
    this.mti = mti;
    this.elements = elements;
    this.spans = spans;
  }

  has(de: number): boolean {
    return this.elements.includes(de);
  }

  extent(de: number): Extent | undefined {
    const at = this.elements.indexOf(de) * 3;
    if (at < 0) return undefined;
    return { start: this.spans[at] ?? 0, end: this.spans[at + 1] ?? 0, units: this.spans[at + 2] ?? 0 };
  }
}
