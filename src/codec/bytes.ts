import { types } from 'node:util';
import { CodecError } from './error.ts';

/** Text has a length and elements too, and would be read as bytes that nobody sent.
 *  @throws CodecError `bad-frame` for anything but a Uint8Array */
export function demandBytes(bytes: unknown): void {
  if (bytes instanceof Uint8Array || types.isUint8Array(bytes)) return; // the second: of another realm
  const reason =
    typeof bytes === 'string'
      ? 'bytes are wanted, not a string; for hexadecimal digits: Buffer.from(text, "hex")'
      : 'bytes are wanted: a Uint8Array or a Buffer';
  throw new CodecError('bad-frame', 'frame', 0, reason);
}

/** A table of what is so of each byte. Compiling a dialect makes hundreds: Uint8Array.from would take ten times as long. */
export function byteTable(of: (byte: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) table[byte] = of(byte);
  return table;
}
