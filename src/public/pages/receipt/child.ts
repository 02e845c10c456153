import { messageOf } from '../../../ops/errors.ts';
import type { Language } from '../../language.ts';
import { receiptBitmap, type Dots } from './bitmap.ts';
import type { Line } from './lines.ts';
import { receiptPdf } from './pdf.ts';
import { escPos, pngOf } from './printing.ts';

/** The process in which receipts are drawn: a PDF holds the event loop for tens of milliseconds, the first one for hundreds. It has what a
 *  receipt says, and nothing else. */

export interface DrawJob {
  readonly form: 'pdf' | 'png' | 'escpos';
  readonly lines: readonly Line[];
  readonly language: Language;
  readonly dots: Dots;
}

export type DrawAnswer =
  | { readonly is: 'ready' }
  | { readonly is: 'failed'; readonly message: string }
  /** Base64. */
  | { readonly is: 'drawn'; readonly file: string };

process.on('message', (message) => void draw(message as DrawJob));
process.on('disconnect', () => {
  process.exit(0);
});
process.send?.({ is: 'ready' } satisfies DrawAnswer);

async function draw({ form, lines, language, dots }: DrawJob): Promise<void> {
  const answer = await fileOf().then(
    (file): DrawAnswer => ({ is: 'drawn', file: file.toString('base64') }),
    (error: unknown): DrawAnswer => ({ is: 'failed', message: messageOf(error) }),
  );
  process.send?.(answer);

  async function fileOf(): Promise<Buffer> {
    if (form === 'pdf') return receiptPdf(lines, language);
    const bitmap = await receiptBitmap(lines, language, dots);
    return form === 'png' ? pngOf(bitmap) : escPos(bitmap);
  }
}
