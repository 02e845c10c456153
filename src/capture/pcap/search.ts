import type { Codec, FrameOptions } from '../../codec/index.ts';
import { frameAt } from './frame-at.ts';

/** No frame is longer than this with its header: what lies further back cannot be one's beginning any more. */
const WINDOW_BYTES = 65_536 + 4;

/** Looks for the first whole frame of a dialect in a stream that is out of step. Each place is tried once: what is no
 *  frame stays none, and what may be one is tried again only when all of it is there. */
export class Search {
  readonly #framing: FrameOptions;
  readonly #codec: Codec;
  #bytes = Buffer.alloc(0);
  /** Places not tried yet begin here. */
  #next = 0;
  /** Where frames may begin that are not whole yet, and where each would end. */
  #open: { readonly start: number; readonly end: number }[] = [];
  /** Bytes that were searched so far. */
  seen = 0;
  /** Bytes before the first frame. */
  skipped = 0;

  constructor(framing: FrameOptions, codec: Codec) {
    this.#framing = framing;
    this.#codec = codec;
  }

  /** @returns the bytes from the first frame on; undefined: there is none yet */
  add(bytes: Buffer): Buffer | undefined {
    this.seen += bytes.length;
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const found = this.#amongOpen() ?? this.#further();
    if (found !== undefined) {
      this.skipped = this.seen - this.#bytes.length + found;
      return this.#bytes.subarray(found);
    }
    this.#forget();
    return undefined;
  }

  #amongOpen(): number | undefined {
    const whole = this.#open.filter(({ end }) => end <= this.#bytes.length);
    if (whole.length > 0) this.#open = this.#open.filter(({ end }) => end > this.#bytes.length);
    return whole.find(({ start }) => this.#decodes(start))?.start;
  }

  #further(): number | undefined {
    for (; this.#next < this.#bytes.length; this.#next++) {
      const found = frameAt(this.#bytes, this.#next, this.#framing);
      if (found.kind === 'part') {
        if (found.end === undefined) return undefined; // its length is not all there
        this.#open.push({ start: this.#next, end: found.end });
      } else if (found.kind === 'frame' && this.#decodes(this.#next)) return this.#next;
    }
    return undefined;
  }

  #decodes(start: number): boolean {
    const found = frameAt(this.#bytes, start, this.#framing);
    if (found.kind !== 'frame' || found.body.length === 0) return false;
    try {
      this.#codec.decode(found.body);
      return true;
    } catch {
      return false; // a length by chance
    }
  }

  #forget(): void {
    const drop = this.#bytes.length - WINDOW_BYTES;
    if (drop <= 0) return;
    this.#bytes = Buffer.from(this.#bytes.subarray(drop));
    this.#next -= drop;
    this.#open = this.#open
      .map(({ start, end }) => ({ start: start - drop, end: end - drop }))
      .filter(({ start }) => start >= 0);
  }
}
