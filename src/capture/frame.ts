import { GatewayError } from '../ops/errors.ts';

/** Who wrote a frame. */
export type Speaker = 'terminal' | 'bank' | 'gateway';

/** One message of a capture (files.md, Captures). */
export interface CapturedFrame {
  /** When it was complete, in milliseconds since the epoch; fractions are microseconds. */
  readonly at: number;
  readonly from: Speaker;
  /** Names the connection within the file. The gateway's own recordings begin it with the certificate's terminal id. */
  readonly connection: string;
  /** Name of a dialect in specs/, or a file. */
  readonly dialect: string;
  /** The message without length header and TPDU; empty for a keep-alive. */
  readonly body: Buffer;
}

/** What was read, and what could not be. */
export interface Capture {
  readonly frames: readonly CapturedFrame[];
  /** For a person: gaps in the stream, packets that were passed over, with where. Never content. */
  readonly notes: readonly string[];
}

/** More than this is no capture that anybody reads whole. */
export const MAX_CAPTURE_BYTES = 1 << 30;

/** Nor one of more messages: a busy hour, and what the memory of a laptop holds. */
export const MAX_FRAMES = 2_000_000;
const MAX_LINE_BYTES = 1 << 20;

/** The lines of a text, one at a time: the whole of a great one is longer than a string can be.
 *  @throws GatewayError `capture.file` for a line or a number of messages that is beyond reason */
export function* linesOf(bytes: Buffer, file: string): Generator<{ readonly number: number; readonly text: string }> {
  let held = 0;
  for (let at = 0, number = 1; at < bytes.length; number++) {
    const feed = bytes.indexOf(0x0a, at);
    const end = feed < 0 ? bytes.length : feed;
    if (end - at > MAX_LINE_BYTES) throw captureError(file, `line ${number}`, `longer than ${MAX_LINE_BYTES} bytes`);
    const text = bytes.toString('utf8', at, end).trim();
    at = end + 1;
    if (text === '') continue;
    if (++held > MAX_FRAMES) throw captureError(file, `line ${number}`, `more than ${MAX_FRAMES} messages: split it`);
    yield { number, text };
  }
}

/** A capture that cannot be read: which file, where, why. Never shows content. */
export function captureError(file: string, where: string, reason: string, cause?: unknown): GatewayError {
  return new GatewayError('capture.file', `${file}: ${where}: ${reason}`, { cause });
}

/** A capture of which nothing is left, with what became of it. */
export function emptyCapture(file: string, notes: readonly string[]): GatewayError {
  const why = notes.map((note) => `\n  ${note}`).join('');
  return new GatewayError(
    'capture.empty',
    `${file} holds no messages that are read here${why === '' ? '.' : ':'}${why}`,
  );
}

/** Frames by time; those of one instant keep their order. */
export function inOrder(frames: readonly CapturedFrame[]): CapturedFrame[] {
  return [...frames].sort((a, b) => a.at - b.at);
}
