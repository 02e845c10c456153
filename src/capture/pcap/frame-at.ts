import type { FrameOptions } from '../../codec/index.ts';

/** What stands at a place of a stream: a whole frame, the beginning of one, or none. */
export type Found =
  | { readonly kind: 'frame'; readonly body: Buffer; readonly end: number }
  /** `end`: where it ends; undefined while its length is not all there. */
  | { readonly kind: 'part'; readonly end: number | undefined }
  | { readonly kind: 'none'; readonly reason: string };

const HEADER_BYTES = { binary2: 2, ascii4: 4, bcd2: 2, binary4: 4 } as const;
const TPDU_BYTES = 5;
const DEFAULT_MAX_BYTES = 4_096;

/** Looks at one place, where the codec's FrameDecoder reads on: a capture may be out of step (wire.md 1). The body of a
 *  keep-alive is empty; a TPDU is left out. */
export function frameAt(bytes: Buffer, at: number, framing: FrameOptions): Found {
  const header = HEADER_BYTES[framing.header];
  if (at + header > bytes.length) return { kind: 'part', end: undefined };
  const announced = lengthAt(bytes, at, framing.header);
  if (announced === undefined) return { kind: 'none', reason: 'the length is not a number' };
  const length = announced === 0 ? 0 : announced - (framing.lengthIncludesHeader === true ? header : 0);
  const most = framing.maxBytes ?? DEFAULT_MAX_BYTES;
  if (length < 0) return { kind: 'none', reason: 'the length does not even count itself' };
  if (length > most) return { kind: 'none', reason: `${length} bytes announced, at most ${most}` };
  const [start, end] = [at + header, at + header + length];
  const tpdu = framing.tpdu === true && length > 0 ? TPDU_BYTES : 0;
  if (length < tpdu) return { kind: 'none', reason: `a frame of ${length} bytes holds no TPDU` };
  if (end > bytes.length) return { kind: 'part', end };
  return { kind: 'frame', body: bytes.subarray(start + tpdu, end), end };
}

function lengthAt(bytes: Buffer, at: number, header: FrameOptions['header']): number | undefined {
  if (header === 'binary2') return bytes.readUInt16BE(at);
  if (header === 'binary4') return bytes.readUInt32BE(at);
  const digits = header === 'ascii4' ? bytes.toString('latin1', at, at + 4) : bytes.toString('hex', at, at + 2);
  return /^\d{4}$/.test(digits) ? Number(digits) : undefined;
}
