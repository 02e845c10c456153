import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { GatewayError } from '../../ops/errors.ts';
import { readReport, type SignedReport, type VersionReport } from './report.ts';

/** Tags 16, 35, 36 and 37 of DE 48 (terminals.md 3): updates on the terminals' port. DE 48 is text, at most 999 bytes in all. */

/** Bytes of a file in one chunk. */
export const MOST_CHUNK_BYTES = 700;
/** A report in tag 37. */
export const MOST_WIRE_REPORT_BYTES = 900;

const malformed = (tag: string, why: string) => new GatewayError('updates.malformed', `DE 48 tag ${tag}: ${why}.`);
const n8 = (value: number) => String(value).padStart(8, '0');

/** What tag 16 says: something new waits. */
export interface Announcement {
  readonly timestampVersion: number;
  /** The first 8 hex digits of the SHA-256 of `timestamp.json`. */
  readonly hash: string;
}

/** @param timestamp the bytes of `timestamp.json`
 *  @returns ans17: version n9, 8 hex digits */
export function announcementOf(version: number, timestamp: Uint8Array): string {
  return String(version).padStart(9, '0') + createHash('sha256').update(timestamp).digest('hex').slice(0, 8);
}

/** @throws GatewayError `updates.malformed` */
export function readAnnouncement(tag16: string): Announcement {
  const match = /^(\d{9})([0-9a-f]{8})$/.exec(tag16);
  if (match === null) throw malformed('16', 'not nine digits and eight hex digits');
  return { timestampVersion: Number(match[1]), hash: match[2] ?? '' };
}

/** What tag 35 asks for: `file` is a path below `/tuf/`, `timestamp.json`, `targets/menu/…`, `director/<serial>.json?nonce=<hex>`. */
export interface ChunkRequest {
  readonly file: string;
  readonly offset: number;
}

const FILE = /^[A-Za-z0-9][A-Za-z0-9._/?=-]{0,299}$/;

/** Tag 35: offset n8, then the file. */
export function encodeChunkRequest({ file, offset }: ChunkRequest): string {
  if (!FILE.test(file) || offset < 0 || offset > 99_999_999) throw malformed('35', `no file "${file}" at ${offset}`);
  return n8(offset) + file;
}

/** @throws GatewayError `updates.malformed` */
export function readChunkRequest(tag35: string): ChunkRequest {
  const offset = /^\d{8}/.exec(tag35)?.[0];
  const file = tag35.slice(8);
  if (offset === undefined || !FILE.test(file) || file.includes('..'))
    throw malformed('35', 'not an offset and a file');
  return { offset: Number(offset), file };
}

/** What tag 36 brings: `data` from `offset` of a file of `total` bytes. */
export interface Chunk {
  readonly offset: number;
  readonly total: number;
  readonly data: Buffer;
}

/** Tag 36: offset n8, total n8, the bytes in base64 (at most 700 of them), then their CRC-32 (ISO-HDLC) in 8 hex digits.
 *  @param file the whole
 *  @throws GatewayError `updates.malformed` for an offset that lies behind its end */
export function encodeChunk(file: Uint8Array, offset: number): string {
  if (offset > file.length) throw malformed('36', `offset ${offset} lies behind the end, ${file.length}`);
  return encodePiece(file.subarray(offset), offset, file.length);
}

/** The same for whoever has no more than the piece.
 *  @param data what stands at `offset` of a file of `total` bytes; the first 700 of it are taken */
export function encodePiece(data: Uint8Array, offset: number, total: number): string {
  const piece = Buffer.from(data.subarray(0, MOST_CHUNK_BYTES));
  return n8(offset) + n8(total) + piece.toString('base64') + crcOf(piece);
}

/** @throws GatewayError `updates.malformed`, also where the CRC-32 is another, or the chunk goes beyond its total */
export function readChunk(tag36: string): Chunk {
  const match = /^(\d{8})(\d{8})((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)([0-9a-f]{8})$/.exec(
    tag36,
  );
  if (match === null) throw malformed('36', 'not offset, total, bytes and CRC-32');
  const [, offset, total, base64 = '', crc] = match;
  const chunk = { offset: Number(offset), total: Number(total), data: Buffer.from(base64, 'base64') };
  if (chunk.data.length > MOST_CHUNK_BYTES) throw malformed('36', `more than ${MOST_CHUNK_BYTES} bytes`);
  if (crcOf(chunk.data) !== crc) throw malformed('36', 'the CRC-32 is another');
  if (chunk.offset + chunk.data.length > chunk.total) throw malformed('36', 'bytes beyond the total');
  if (chunk.data.length === 0 && chunk.offset < chunk.total) throw malformed('36', 'no bytes before the end');
  return chunk;
}

function crcOf(data: Uint8Array): string {
  return crc32(data).toString(16).padStart(8, '0');
}

/** Tag 37: the report in JSON, without a signature; the message's MAC speaks for it.
 *  @throws GatewayError `updates.malformed` where it is too long: leave out the components that did not change */
export function encodeReport(report: VersionReport): string {
  const text = JSON.stringify(report);
  if (Buffer.byteLength(text) > MOST_WIRE_REPORT_BYTES)
    throw malformed('37', `more than ${MOST_WIRE_REPORT_BYTES} bytes; name only what changed`);
  return text;
}

/** @throws GatewayError `updates.malformed` */
export function readWireReport(tag37: string): SignedReport {
  if (Buffer.byteLength(tag37) > MOST_WIRE_REPORT_BYTES)
    throw malformed('37', `more than ${MOST_WIRE_REPORT_BYTES} bytes`);
  return readReport({ report: parsed(tag37) });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('37', 'not JSON');
  }
}
