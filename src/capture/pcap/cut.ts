import { FrameDecoder, type Codec, type FrameOptions } from '../../codec/index.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Chunk } from './stream.ts';

/** A message of one direction. */
export interface CutFrame {
  readonly at: number;
  readonly body: Buffer;
}

/** After a gap or noise a frame is looked for at most this far ahead. */
const MAX_SEARCH_BYTES = 65_536;

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
  let decoder = new FrameDecoder(framing);
  /** Bytes in which the next frame is looked for; undefined: in step. */
  let lost: Buffer | undefined;
  const take = (bytes: Buffer, at: number): void => {
    let input = bytes;
    if (lost !== undefined) {
      lost = Buffer.concat([lost, bytes]);
      const start = findFrame(lost, framing, codec);
      if (start === undefined) {
        lost = lost.subarray(Math.max(0, lost.length - MAX_SEARCH_BYTES));
        return;
      }
      input = lost.subarray(start);
      lost = undefined;
    }
    try {
      for (const frame of decoder.push(input)) frames.push({ at, body: frame.body });
    } catch (error) {
      note(messageOf(error));
      decoder = new FrameDecoder(framing);
      lost = input.subarray(1);
    }
  };
  for (const chunk of chunks) {
    if (chunk.gap > 0) {
      note(`${chunk.gap} bytes are missing`);
      decoder = new FrameDecoder(framing);
      lost = Buffer.alloc(0);
    }
    take(chunk.bytes, chunk.at);
  }
  if (lost !== undefined && lost.length > 0) note(`${lost.length} bytes at the end hold no frame`);
  else if (decoder.pending > 0) note(`${decoder.pending} bytes of a frame without its end`);
  return frames;
}

/** The first place where a frame of the dialect stands whole. */
function findFrame(bytes: Buffer, framing: FrameOptions, codec: Codec): number | undefined {
  for (let start = 0; start < bytes.length; start++) {
    try {
      const [first] = new FrameDecoder(framing).push(bytes.subarray(start));
      if (first === undefined || first.keepAlive) continue;
      codec.decode(first.body);
      return start;
    } catch {
      // not here: neither a length nor a message
    }
  }
  return undefined;
}
