import type { Codec, FrameOptions } from '../../codec/index.ts';
import { frameAt } from './frame-at.ts';
import { Search } from './search.ts';
import type { Chunk } from './stream.ts';

/** A message of one direction. */
export interface CutFrame {
  readonly at: number;
  readonly body: Buffer;
}

/** Cuts messages out of one direction of a connection. Behind a gap, or where the length makes no sense, it goes on at the
 *  next place where a whole message of the dialect stands. A stream whose beginning was not captured is entered in the same way,
 *  and from its first byte on where no message of the dialect is in it.
 *  @param note told of what was lost; never content
 *  @param begun  the first byte is the first of a frame */
export function cutFrames(
  chunks: readonly Chunk[],
  framing: FrameOptions,
  codec: Codec,
  note: (text: string) => void,
  begun = true,
): CutFrame[] {
  if (begun) return cutFrom(chunks, { framing, codec, note });
  const notes: string[] = [];
  const search = new Search(framing, codec);
  const frames = cutFrom(chunks, { framing, codec, note: (text) => notes.push(text), entry: search });
  if (frames.length === 0) return cutFrom(chunks, { framing, codec, note });
  // One byte before the first frame is what a keep-alive of TCP repeats.
  if (search.skipped > 1)
    note(`begins in the middle: ${search.skipped} bytes before the first whole frame are left out`);
  for (const text of notes) note(text);
  return frames;
}

interface Cutting {
  readonly framing: FrameOptions;
  readonly codec: Codec;
  readonly note: (text: string) => void;
  /** Looks for the first frame. */
  readonly entry?: Search;
}

function cutFrom(chunks: readonly Chunk[], { framing, codec, note, entry }: Cutting): CutFrame[] {
  const frames: CutFrame[] = [];
  /** Bytes in step that are no whole frame yet. */
  let held: Buffer = Buffer.alloc(0);
  /** Looks for the next frame; undefined: in step. */
  let search = entry;
  const lose = (rest: Buffer): Buffer => {
    search = new Search(framing, codec);
    return find(rest);
  };
  const find = (bytes: Buffer): Buffer => {
    const found = search?.add(bytes);
    if (found !== undefined) search = undefined;
    return found ?? Buffer.alloc(0);
  };
  for (const { at, bytes, gap } of chunks) {
    if (gap > 0) {
      note(`${gap} bytes are missing`);
      held = lose(Buffer.alloc(0));
    }
    held = search === undefined ? joined(held, bytes) : find(bytes);
    for (let start = 0; search === undefined;) {
      const found = frameAt(held, start, framing);
      if (found.kind === 'frame') {
        frames.push({ at, body: found.body });
        start = found.end;
      } else if (found.kind === 'none') {
        note(`${found.reason}; looking for the next frame`);
        held = lose(held.subarray(start + 1));
        start = 0;
      } else {
        held = held.subarray(start);
        break;
      }
    }
  }
  if (search !== undefined && search.seen > 0) note(`${search.seen} bytes at the end hold no frame`);
  else if (held.length > 0) note(`${held.length} bytes of a frame without its end`);
  return frames;
}

function joined(held: Buffer, bytes: Buffer): Buffer {
  return held.length === 0 ? bytes : Buffer.concat([held, bytes]);
}
