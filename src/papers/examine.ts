import { kindOf } from './kind.ts';
import { redraw, type Rewritten } from './picture.ts';
import { rewritePdf } from './pdf.ts';

export const MOST_BYTES = 10 * 1_048_576;

export type Examined = Rewritten & { readonly media?: 'image/jpeg' | 'application/pdf' };

/** What is kept of an uploaded file, or why nothing is: it is never kept as it came. */
export async function examine(bytes: Buffer): Promise<Examined> {
  if (bytes.length > MOST_BYTES) return { ok: false, reason: 'large' };
  const kind = kindOf(bytes);
  if (kind.is === 'refused') return { ok: false, reason: kind.reason };
  const written = kind.is === 'pdf' ? await rewritePdf(bytes) : await redraw(bytes, kind.is);
  if (!written.ok) return written;
  if (written.bytes.length > MOST_BYTES) return { ok: false, reason: 'large' };
  return { ...written, media: kind.is === 'pdf' ? 'application/pdf' : 'image/jpeg' };
}
