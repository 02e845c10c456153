import type { RefusalReason } from './refusals.ts';

/** What a file is, by its content alone: its name and what a browser says of it are anybody's to choose. */
export type Kind = { readonly is: 'jpeg' | 'png' | 'pdf' } | { readonly is: 'refused'; readonly reason: RefusalReason };

const refused = (reason: RefusalReason): Kind => ({ is: 'refused', reason });
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const HEIF_BRANDS = /^(?:heic|heix|hevc|hevx|heim|heis|mif1|msf1|avif|avis)$/;
/** A zip's end stands at its end: there its reader looks first, whatever the file begins with. */
const ZIP_END = Buffer.from('504b0506', 'hex');
const ZIP_END_BYTES = 22;
const ZIP_COMMENT = 65_535;

export function kindOf(bytes: Buffer): Kind {
  if (bytes.length === 0) return refused('empty');
  const kind = byHead(bytes);
  if (kind.is === 'refused') return kind;
  return hidesAnother(bytes, kind.is) ? refused('two') : kind;
}

function byHead(bytes: Buffer): Kind {
  if (bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))) return { is: 'jpeg' };
  if (bytes.subarray(0, 8).equals(PNG)) return { is: 'png' };
  const head = bytes.toString('latin1', 0, 1_024);
  if (head.startsWith('%PDF-')) return { is: 'pdf' };
  if (head.startsWith('GIF8')) return refused('gif');
  if (head.startsWith('PK\x03\x04')) return refused('archive');
  if (head.slice(4, 8) === 'ftyp' && HEIF_BRANDS.test(head.slice(8, 12))) return refused('heic');
  if (/<svg[\s>]/i.test(head)) return refused('svg');
  return refused('type');
}

/** Whether a reader of another kind would take it for its own. What is kept is written again, so that nothing of it would be left;
 *  but nobody makes such a file by accident. */
function hidesAnother(bytes: Buffer, is: 'jpeg' | 'png' | 'pdf'): boolean {
  if (isZip(bytes)) return true;
  if (is !== 'pdf') return bytes.includes('%PDF-') || /<(?:script|svg|html|\?php)/i.test(afterPicture(bytes, is));
  const end = bytes.lastIndexOf('%%EOF');
  return end !== -1 && bytes.subarray(end + 5).some((byte) => byte > 0x20);
}

function isZip(bytes: Buffer): boolean {
  const from = Math.max(0, bytes.length - ZIP_END_BYTES - ZIP_COMMENT);
  for (let at = bytes.indexOf(ZIP_END, from); at !== -1; at = bytes.indexOf(ZIP_END, at + 1)) {
    if (at + ZIP_END_BYTES > bytes.length) return false;
    if (at + ZIP_END_BYTES + bytes.readUInt16LE(at + 20) <= bytes.length) return true;
  }
  return false;
}

/** What follows the picture. Phones put more there (a moving picture, a depth map): that alone is no fault. */
function afterPicture(bytes: Buffer, is: 'jpeg' | 'png'): string {
  const end = is === 'jpeg' ? bytes.lastIndexOf(Buffer.from('ffd9', 'hex')) : bytes.lastIndexOf('IEND');
  return end === -1 ? '' : bytes.toString('latin1', end, Math.min(bytes.length, end + 65_536));
}
