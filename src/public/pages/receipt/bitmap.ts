import { FONT } from '../../../settlement/statement/index.ts';
import type { Language } from '../../language.ts';
import { standing, type Line } from './lines.ts';

/** Dots of a line of a thermal printer: paper of 58 and of 80 mm, at 203 dots an inch. */
export const DOTS = [384, 576] as const;
export type Dots = (typeof DOTS)[number];

/** Black and white, one bit a dot, a row as whole bytes, the first dot as the highest bit; 1 is black. */
export interface Bitmap {
  readonly dots: Dots;
  readonly rows: number;
  readonly bits: Buffer;
}

/** A block of text, drawn by itself. */
interface Block {
  readonly markup: string;
  readonly middle: boolean;
  readonly rule: boolean;
  /** Dots above it. */
  readonly above: number;
}

interface Drawn {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly grey: Buffer;
}

const EDGE = 6;
/** From which grey on a dot is black: thin strokes of small letters stay whole. */
const BLACK_FROM = 96;

/** Draws a receipt for a printer that knows no Persian: shaped and ordered here (Pango), printed as a picture. */
export async function receiptBitmap(lines: readonly Line[], language: Language, dots: Dots): Promise<Bitmap> {
  const drawn: Drawn[] = [];
  const rules: number[] = [];
  let y = EDGE;
  for (const { markup, middle, rule, above } of blocksOf(lines, language, dots)) {
    y += above;
    if (rule) {
      rules.push(y);
      y += 10;
    }
    const { width, height, grey } = await drawText(markup, dots - 2 * EDGE);
    const side = language === 'fa' ? dots - EDGE - width : EDGE;
    drawn.push({ left: Math.max(0, middle ? Math.floor((dots - width) / 2) : side), top: y, width, height, grey });
    y += height;
  }
  const rows = y + EDGE;
  const bits = Buffer.alloc((dots / 8) * rows);
  const blacken = (x: number, row: number): void => {
    const at = row * (dots / 8) + (x >> 3);
    bits[at] = (bits[at] ?? 0) | (0x80 >> (x & 7));
  };
  for (const row of rules) for (let x = EDGE; x < dots - EDGE; x++) blacken(x, row);
  for (const { left, top, width, height, grey } of drawn)
    for (let row = 0; row < height; row++)
      for (let x = 0; x < width && left + x < dots; x++)
        if ((grey[row * width + x] ?? 0) >= BLACK_FROM) blacken(left + x, top + row);
  return { dots, rows, bits };
}

function blocksOf(lines: readonly Line[], language: Language, dots: Dots): Block[] {
  const size = dots === 576 ? 26 : 22;
  const mark = language === 'fa' ? '\u200f' : '\u200e'; // the direction of the line, whatever its first letter is
  const of = (text: string, pixels: number): string => `${mark}<span font="${pixels}px">${escaped(text)}</span>`;
  return lines.flatMap((line): Block[] => {
    const block = (text: string, pixels: number, above: number): Block => ({ markup: of(text, pixels), middle: false, rule: false, above }); // prettier-ignore
    if (line.kind === 'title') return [{ ...block(line.text, size + 8, 0), middle: true }];
    if (line.kind === 'state') return [{ ...block(line.text, size + 4, 8), middle: true }];
    if (line.kind === 'head') return [{ ...block(line.text, size + 2, 14), rule: true }];
    if (line.kind === 'text') return [block(line.text, size - 3, 10)];
    const fact = block(`${line.label}: ${standing(line, line.value)}`, line.strong === true ? size + 2 : size, 10);
    return line.note === undefined ? [fact] : [fact, block(line.note, size - 3, 6)];
  });
}

/** Text as markup of Pango, without what it does not take. */
function escaped(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

async function drawText(markup: string, width: number): Promise<Omit<Drawn, 'left' | 'top'>> {
  const { default: sharp } = await import('sharp'); // 20 MB that only such a picture needs
  const text = { text: markup, font: 'Vazirmatn', fontfile: FONT, width, align: 'left', wrap: 'word-char' } as const;
  const { data, info } = await sharp({ text: { ...text, spacing: 2 } })
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, grey: data };
}
