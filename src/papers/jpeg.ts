/** What a JPEG inside a PDF is made of. */
export interface BareJpeg {
  readonly width: number;
  readonly height: number;
  /** Without EXIF, XMP, comments and whatever follows its end; colours (JFIF, ICC, Adobe) stay. */
  readonly bytes: Buffer;
}

const KEPT_APPS = new Set([0xe0, 0xe2, 0xee]);
const COMMENT = 0xfe;
const SCAN = 0xda;
const END = 0xd9;

/** Cuts what says where, when and with what a picture was taken, and leaves every pixel as it is.
 *  @returns undefined: it is not a JPEG that can be read segment by segment */
export function bareJpeg(bytes: Buffer): BareJpeg | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  const kept: Buffer[] = [bytes.subarray(0, 2)];
  let size: { width: number; height: number } | undefined;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++; // fill bytes
      continue;
    }
    if (marker === SCAN) {
      if (size === undefined) return undefined;
      const end = bytes.lastIndexOf(Buffer.from([0xff, END]));
      if (end <= at) return undefined;
      kept.push(bytes.subarray(at, end + 2));
      return { ...size, bytes: Buffer.concat(kept) };
    }
    const length = bytes.readUInt16BE(at + 2);
    const next = at + 2 + length;
    if (length < 2 || next > bytes.length) return undefined;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame && length >= 8) size = { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    const isApp = marker >= 0xe0 && marker <= 0xef;
    if (marker !== COMMENT && (!isApp || KEPT_APPS.has(marker))) kept.push(bytes.subarray(at, next));
    at = next;
  }
  return undefined;
}
