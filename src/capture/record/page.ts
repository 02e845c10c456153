import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../ops/errors.ts';
import type { CapturedFrame } from '../frame.ts';
import { parseJsonl } from '../jsonl.ts';
import { capturesFolder } from './control.ts';

export interface FramePage {
  readonly frames: readonly CapturedFrame[];
  /** Bytes into the file where the next page begins; undefined: it is over. */
  readonly next: number | undefined;
}

/** Looked through for one page at most, so that nobody waits for a file of a day. */
const MOST_BYTES = 8 << 20;

/** A page of a recording of this data folder, read piece by piece.
 *  @param file its name, as `listRecordings` gives it
 *  @param from bytes into it: 0, or `next` of the page before
 *  @throws GatewayError `captures.unknown`, `capture.file` */
export async function framesFrom(
  data: string,
  file: string,
  { from, connection, limit }: { readonly from: number; readonly connection?: string | undefined; readonly limit: number },
): Promise<FramePage> {
  const path = join(capturesFolder(data), file);
  if (!existsSync(path)) throw new GatewayError('captures.unknown', `There is no recording ${file}.`);
  const frames: CapturedFrame[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let at = from;
  const stream = createReadStream(path, { start: from, highWaterMark: 256 << 10 });
  try {
    for await (const chunk of stream) {
      rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const line = rest.subarray(0, end);
        rest = rest.subarray(end + 1);
        at += end + 1;
        frames.push(...framesOf(line, path, connection));
        if (frames.length >= limit || at - from >= MOST_BYTES) return { frames, next: at };
      }
      if (rest.length > MOST_BYTES) throw new GatewayError('capture.file', `${file}: a line is longer than ${MOST_BYTES} bytes.`);
    }
  } finally {
    stream.destroy();
  }
  return { frames, next: undefined }; // a last line without its end is still being written
} // prettier-ignore

function framesOf(line: Buffer, path: string, connection: string | undefined): CapturedFrame[] {
  const found = parseJsonl(line, path);
  return connection === undefined ? found : found.filter((frame) => frame.connection === connection);
}
