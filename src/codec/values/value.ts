import type { CodecErrorCode } from '../error.ts';

/** Why a value is refused: `at` is a byte of the frame when reading, a character of the value when writing. */
export interface Fault {
  readonly code: CodecErrorCode;
  readonly at: number;
  readonly reason: string;
}

/** How one representation stands on the wire. Reading never throws; `units` are digits, characters or bytes. */
export interface ValueCodec {
  /** Where a value of `units` that starts at `at` ends; may lie behind `limit`, which then means a cut frame. */
  end(bytes: Uint8Array, at: number, limit: number, units: number): number;
  /** Units that fill `size` bytes, for lengths that count bytes. */
  units(size: number): number;
  check(bytes: Uint8Array, start: number, end: number, units: number): Fault | undefined;
  /** The value of checked bytes. */
  read(bytes: Buffer, start: number, end: number, units: number): string;
  /** The units of a value, for length checks and prefixes. */
  measure(value: string): number;
  /** Bytes that read back as exactly `value`, or why there are none. */
  write(value: string): Buffer | Fault;
}

export function isFault(result: Buffer | Fault): result is Fault {
  return !Buffer.isBuffer(result);
}
