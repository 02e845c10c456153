import { demandBytes } from './bytes.ts';
import { CodecError } from './error.ts';
import type { PrefixPlan } from './plan.ts';
import { readPrefix, writePrefix } from './prefix.ts';

/** How messages are cut out of a byte stream (wire.md 1). */
export interface FrameOptions {
  /** The length in front: 2 bytes big-endian, 4 ASCII digits, 2 bytes of BCD, 4 bytes big-endian. */
  readonly header: 'binary2' | 'ascii4' | 'bcd2' | 'binary4';
  /** The length counts its own bytes too. */
  readonly lengthIncludesHeader?: boolean | undefined;
  /** Five bytes `60 dd dd ss ss` stand between length and message. */
  readonly tpdu?: boolean | undefined;
  /** Most bytes behind the length; a longer announced frame is refused. Default 4,096. */
  readonly maxBytes?: number | undefined;
}

export interface Frame {
  readonly tpdu?: Buffer;
  /** The message: a view of the chunk where the frame was complete in it. */
  readonly body: Buffer;
  /** A frame of length zero; `body` is empty. */
  readonly keepAlive: boolean;
}

const HEADERS: Readonly<Record<FrameOptions['header'], PrefixPlan>> = {
  binary2: { encoding: 'binary', bytes: 2, counts: 'bytes', includesItself: false },
  binary4: { encoding: 'binary', bytes: 4, counts: 'bytes', includesItself: false },
  ascii4: { encoding: 'ascii', bytes: 4, counts: 'bytes', includesItself: false },
  bcd2: { encoding: 'bcd', bytes: 2, counts: 'bytes', includesItself: false },
};
const DEFAULT_MAX_BYTES = 4096;
const TPDU_BYTES = 5;
const NOTHING = Buffer.alloc(0);

/** Cuts frames out of chunks of any size. Holds at most one unfinished frame. */
export class FrameDecoder {
  readonly #header: PrefixPlan;
  readonly #own: number;
  readonly #tpdu: boolean;
  readonly #maxBytes: number;
  #held: Buffer = NOTHING;
  #size = 0;

  constructor(options: FrameOptions) {
    this.#header = HEADERS[options.header];
    this.#own = options.lengthIncludesHeader === true ? this.#header.bytes : 0;
    this.#tpdu = options.tpdu === true;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** Bytes of an unfinished frame that are held. */
  get pending(): number {
    return this.#size;
  }

  /** The frames that `chunk` completes, in order.
   *  @throws CodecError `frame-too-long`, `bad-frame`: the stream cannot be read on, close it */
  push(chunk: Buffer): Frame[] {
    demandBytes(chunk);
    const frames: Frame[] = [];
    let at = this.#size === 0 ? 0 : this.#finish(chunk, frames);
    while (at < chunk.length) {
      const length = this.#lengthAt(chunk, at, chunk.length);
      const end = at + this.#header.bytes + length;
      if (length < 0 || end > chunk.length) {
        this.#hold(chunk, at, chunk.length, length);
        break;
      }
      frames.push(this.#frame(chunk.subarray(at + this.#header.bytes, end)));
      at = end;
    }
    return frames;
  }

  /** Adds to the held frame. @returns how much of `chunk` it took */
  #finish(chunk: Buffer, frames: Frame[]): number {
    const header = this.#header.bytes;
    let at = 0;
    if (this.#size < header) {
      at = Math.min(header - this.#size, chunk.length);
      this.#hold(chunk, 0, at, -1);
      if (this.#size < header) return at;
    }
    const length = this.#lengthAt(this.#held, 0, this.#size);
    const take = Math.min(header + length - this.#size, chunk.length - at);
    this.#hold(chunk, at, at + take, length);
    if (this.#size < header + length) return at + take;
    const held = this.#held;
    this.#held = NOTHING;
    this.#size = 0;
    frames.push(this.#frame(held.subarray(header, header + length)));
    return at + take;
  }

  /** Keeps bytes of an unfinished frame in a buffer of its own; a new one for each frame, so that views stay true. */
  #hold(chunk: Buffer, from: number, to: number, length: number): void {
    const wanted = this.#header.bytes + Math.max(length, 0);
    if (this.#held.length < wanted) {
      const grown = Buffer.allocUnsafeSlow(wanted);
      this.#held.copy(grown, 0, 0, this.#size);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#size, from, to);
    this.#size += to - from;
  }

  /** What follows the header at `at`, or -1 when the header is not all there. */
  #lengthAt(bytes: Buffer, at: number, limit: number): number {
    if (at + this.#header.bytes > limit) return -1;
    const announced = readPrefix(this.#header, bytes, at);
    if (announced < 0) throw new CodecError('bad-frame', 'frame', at, 'the length is not a number');
    if (announced === 0) return 0;
    const length = announced - this.#own;
    if (length < 0) throw new CodecError('bad-frame', 'frame', at, 'the length does not even count itself');
    if (length > this.#maxBytes)
      throw new CodecError('frame-too-long', 'frame', at, `${length} bytes announced, at most ${this.#maxBytes}`);
    return length;
  }

  #frame(content: Buffer): Frame {
    if (content.length === 0) return { body: content, keepAlive: true };
    if (!this.#tpdu) return { body: content, keepAlive: false };
    if (content.length < TPDU_BYTES)
      throw new CodecError('bad-frame', 'tpdu', 0, `needs ${TPDU_BYTES} bytes, ${content.length} are there`);
    return { tpdu: content.subarray(0, TPDU_BYTES), body: content.subarray(TPDU_BYTES), keepAlive: false };
  }
}

/** A message with its length in front, and the TPDU where the link has one. An empty body without TPDU is a keep-alive.
 *  @throws CodecError `frame-too-long`, `bad-frame` */
export function encodeFrame(body: Uint8Array, options: FrameOptions, tpdu?: Uint8Array): Buffer {
  demandBytes(body);
  if (tpdu !== undefined) demandBytes(tpdu);
  const header = HEADERS[options.header];
  const length = body.length + (tpdu?.length ?? 0);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  if (length > maxBytes) throw new CodecError('frame-too-long', 'frame', 0, `${length} bytes, at most ${maxBytes}`);
  const frame = Buffer.allocUnsafe(header.bytes + length);
  const counted = options.lengthIncludesHeader === true ? length + header.bytes : length;
  if (!writePrefix(header, counted, frame, 0))
    throw new CodecError('frame-too-long', 'frame', 0, `${counted} does not fit the length`);
  if (tpdu !== undefined) frame.set(tpdu, header.bytes);
  frame.set(body, header.bytes + (tpdu?.length ?? 0));
  return frame;
}

/** The TPDU of an answer: source and destination swapped. */
export function swapTpdu(tpdu: Uint8Array): Buffer {
  const [id = 0, d1 = 0, d2 = 0, s1 = 0, s2 = 0] = tpdu;
  return Buffer.from([id, s1, s2, d1, d2]);
}
