import { markAsUntransferable } from 'node:worker_threads';

export const SLAB_BYTES = 65_536;
const SLAB_PLACES = 16_384;
/** Frames up to this size share slabs; a longer one has memory of its own. */
export const SHARED_BYTES = 4096;
/** An MTI and 128 elements. */
const MOST_PLACES = 1 + 128 * 3;

/** Where frames and the places of their elements are kept: a few large pieces of memory, filled from the front and never
 *  reused, since a buffer of its own costs each frame more than the copying (as Node's own pool, which is smaller). */
export class Room {
  /** Bytes of frames; what lies before `used` belongs to someone. */
  bytes: Buffer = slab();
  view: DataView = viewOf(this.bytes);
  used = 0;
  /** Per frame: its MTI as a number, then the places of its elements (see Layout). */
  places: Int32Array = new Int32Array(SLAB_PLACES);
  taken = 0;

  /** Sees to it that a frame of `SHARED_BYTES` has room behind `used`, and all its bytes as two digits each. */
  makeRoom(): void {
    if (this.used + 3 * SHARED_BYTES <= SLAB_BYTES) return;
    this.bytes = slab();
    this.view = viewOf(this.bytes);
    this.used = 0;
  }

  /** Copies a frame of at most `SHARED_BYTES` behind `used`, which stays. @returns where it lies now */
  take(bytes: Buffer, base: number, length: number): number {
    this.makeRoom();
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
    this.places = new Int32Array(SLAB_PLACES);
    this.taken = 0;
  }
}

function slab(): Buffer {
  const bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  markAsUntransferable(bytes.buffer); // a frame given to another thread must not take its neighbours along
  return bytes;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
