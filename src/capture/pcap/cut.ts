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
 *  next place where a whole message of the dialect stands.
 *  @param note told of what was lost; never content */
export function cutFrames(
  chunks: readonly Chunk[],
  framing: FrameOptions,
  codec: Codec,
  note: (text: string) => void,
): CutFrame[] {
  const frames: CutFrame[] = [];
  /** Bytes in step that are no whole frame yet. */
  let held: Buffer = Buffer.alloc(0);
  /** Looks for the next frame; undefined: in step. */
  let search: Search | undefined;
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
