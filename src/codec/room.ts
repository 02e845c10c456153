import { markAsUntransferable } from 'node:worker_threads';

/** Who holds a frame holds all of its slab. Larger ones would be no faster: making one costs 10 ns a frame. */
const SLAB_BYTES = 16_384;
const SLAB_PLACES = SLAB_BYTES / Int32Array.BYTES_PER_ELEMENT;
/** Frames up to this size share slabs; a longer one has memory of its own. */
export const SHARED_BYTES = 4_096;
/** So much is there for a frame that is written, whose length nobody knows yet. */
const LEAST_BYTES = 1_024;
/** A frame, and all its bytes as two digits each. */
const WITH_DIGITS = 3;
/** An MTI and 128 elements. */
const MOST_PLACES = 1 + 128 * 3;

/** Where frames and the places of their elements are kept: pieces of memory for some dozens each, filled from the front and never
 *  reused, since a buffer of its own costs each frame more than the copying. */
export class Room {
  /** Bytes of frames; what lies before `used` belongs to someone. */
  bytes: Buffer = slab(SLAB_BYTES);
  view: DataView = viewOf(this.bytes);
  used = 0;
  /** Per frame: its MTI as a number, then the places of its elements (see Layout). */
  places: Int32Array = placesOf(slab(SLAB_BYTES));
  taken = 0;

  /** Sees to it that `size` bytes have room behind `used`, and each as two digits behind them. */
  makeRoom(size = LEAST_BYTES): void {
    const needed = size * WITH_DIGITS;
    if (this.used + needed <= this.bytes.length) return;
    this.bytes = slab(Math.max(needed, SLAB_BYTES));
    this.view = viewOf(this.bytes);
    this.used = 0;
  }

  /** Copies a frame of at most `SHARED_BYTES` behind `used`, which stays. @returns where it lies now */
  take(bytes: Buffer, base: number, length: number): number {
    this.makeRoom(length);
    if (bytes === this.bytes) bytes.copyWithin(this.used, base, base + length);
    else this.bytes.set(bytes.subarray(base, base + length), this.used);
    return this.used;
  }

  /** A frame's bytes for somebody else, who may do with them what they like. */
  copy(bytes: Buffer, base: number, length: number): Buffer {
    if (length > SHARED_BYTES) return Buffer.from(bytes.subarray(base, base + length));
    const at = this.take(bytes, base, length);
    this.used = at + length;
    return this.bytes.subarray(at, this.used);
  }

  /** Sees to it that the places of a frame have room behind `taken`. */
  makePlaces(): void {
    if (this.taken + MOST_PLACES <= SLAB_PLACES) return;
    this.places = placesOf(slab(SLAB_BYTES));
    this.taken = 0;
  }
}

function slab(size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  markAsUntransferable(bytes.buffer); // a frame given to another thread must not take its neighbours along
  return bytes;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Of memory that is not cleared: a place is written before it is read. */
function placesOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, SLAB_PLACES);
}
