import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Faults } from './faults.ts';

export interface TextLine {
  readonly number: number;
  readonly text: string;
  /** SHA-256 of all bytes before this line, made only when asked for. */
  hashBefore(): string;
}

const MAX_LINE_BYTES = 8_192;
const LF = 0x0a;

/** Cuts a UTF-8 file into lines, LF or CRLF. Wrong UTF-8 and over-long lines are faults, and end the reading: what
 *  follows could mean anything. */
export async function* textLines(path: string, faults: Faults): AsyncGenerator<TextLine> {
  const hash = createHash('sha256');
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      const line = bytes.subarray(start, end + 1);
      const text = decode(line, ++number, faults);
      if (text === undefined) return;
      yield { number, text, hashBefore: () => hash.copy().digest('hex') };
      hash.update(line);
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start)); // a copy: the chunk is not kept alive by its tail
    if (rest.length > MAX_LINE_BYTES) {
      faults.add(number + 1, MAX_LINE_BYTES, `the line is longer than ${MAX_LINE_BYTES} bytes`);
      return;
    }
  }
  if (rest.length === 0) return;
  const text = decode(rest, ++number, faults);
  if (text !== undefined) yield { number, text, hashBefore: () => hash.copy().digest('hex') };
}

function decode(line: Buffer, number: number, faults: Faults): string | undefined {
  if (line.length > MAX_LINE_BYTES) faults.add(number, MAX_LINE_BYTES, `longer than ${MAX_LINE_BYTES} bytes`);
  else if (!isUtf8(line)) faults.add(number, 1, 'the line is not UTF-8');
  else return line.toString('utf8').replace(/\r?\n$/, '');
  return undefined;
}
