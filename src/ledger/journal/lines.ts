import { createHash } from 'node:crypto';

/** What the first line carries in place of a line before it. */
export const NOTHING_BEFORE = '0'.repeat(64);
/** No line of ours comes near it. */
const MAX_LINE_BYTES = 1 << 20;

export function sha256(line: Buffer | string): string {
  return createHash('sha256').update(line).digest('hex');
}

/** The lines of a stream of bytes, without their line feeds; what stands after the last one too, unless it is empty.
 *  @throws Error when a line is longer than 1 MiB */
export async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let held = 0;
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end);
      yield held === 0 ? piece : Buffer.concat([...rest, piece]);
      rest = [];
      held = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    rest.push(chunk.subarray(from));
    held += chunk.length - from;
    if (held > MAX_LINE_BYTES) throw new Error(`a line is longer than ${MAX_LINE_BYTES} bytes`);
  }
  if (held > 0) yield Buffer.concat(rest);
}
