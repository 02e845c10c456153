import { deflateSync } from 'node:zlib';
import type { Bitmap } from './bitmap.ts';

/** A bitmap as printers and programs take it. */

/** Rows of one command: printers of little memory take no more at once. */
const BAND = 128;
const INITIALISE = Buffer.from([0x1b, 0x40]); // ESC @
const FEED = Buffer.from([0x1b, 0x64, 0x04]); // ESC d 4: past the edge where it is torn

/** ESC/POS: initialise, the picture in bands of GS v 0, feed. It is not cut: many printers cannot. */
export function escPos({ dots, rows, bits }: Bitmap): Buffer {
  const width = dots / 8;
  const parts: Buffer[] = [INITIALISE];
  for (let row = 0; row < rows; row += BAND) {
    const high = Math.min(BAND, rows - row);
    parts.push(Buffer.from([0x1d, 0x76, 0x30, 0, width & 0xff, width >> 8, high & 0xff, high >> 8]));
    parts.push(bits.subarray(row * width, (row + high) * width));
  }
  return Buffer.concat([...parts, FEED]);
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** PNG of one bit a dot (0 is black there). */
export function pngOf({ dots, rows, bits }: Bitmap): Buffer {
  const width = dots / 8;
  const raw = Buffer.alloc(rows * (width + 1)); // each row begins with its filter: none
  for (let row = 0; row < rows; row++)
    for (let at = 0; at < width; at++) raw[row * (width + 1) + 1 + at] = ~(bits[row * width + at] ?? 0) & 0xff;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(dots, 0);
  head.writeUInt32BE(rows, 4);
  head.set([1, 0, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** ISO 3309, as PNG wants it. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
