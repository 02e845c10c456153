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

/** A capture that cannot be read: which file, where, why. Never shows content. */
export function captureError(file: string, where: string, reason: string, cause?: unknown): GatewayError {
  return new GatewayError('capture.file', `${file}: ${where}: ${reason}`, { cause });
}

/** Frames by time; those of one instant keep their order. */
export function inOrder(frames: readonly CapturedFrame[]): CapturedFrame[] {
  return [...frames].sort((a, b) => a.at - b.at);
}
