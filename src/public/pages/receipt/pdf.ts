import PDFDocument from 'pdfkit';
import { drawLine, FONT, lineWidth, wrapWords } from '../../../settlement/statement/index.ts';
import type { Language } from '../../language.ts';
import { standing, type Line } from './lines.ts';

/** Points: the paper of a till, 80 mm wide, as long as the receipt is. */
const WIDTH = 226.77;
const MARGIN = 14;
const ROOM = WIDTH - 2 * MARGIN;
const GAP = 10;
const INK = '#111111';
const SOFT = '#4a5550';
const BAD = '#9b1c14';

/** A line of text where it stands; `rule` is drawn above it. */
interface Placed {
  readonly text: string;
  readonly y: number;
  readonly size: number;
  readonly colour: string;
  readonly side: 'start' | 'end' | 'middle';
  readonly rule: boolean;
}

/** A receipt as a PDF with the font in it. The same lines give the same bytes. */
export async function receiptPdf(lines: readonly Line[], language: Language): Promise<Buffer> {
  const date = new Date(0);
  const document = new PDFDocument({
    margin: 0,
    font: FONT,
    lang: language === 'fa' ? 'fa-IR' : 'en',
    autoFirstPage: false,
    info: { Title: titleOf(lines), CreationDate: date, ModDate: date },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((done) => document.once('end', done));
  const { placed, height } = place(document, lines);
  document.addPage({ size: [WIDTH, height], margin: 0 });
  for (const each of placed) draw(document, each, language);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function titleOf(lines: readonly Line[]): string {
  const title = lines.find((line) => line.kind === 'title');
  return title?.kind === 'title' ? title.text : '';
}

function place(document: PDFKit.PDFDocument, lines: readonly Line[]): { placed: Placed[]; height: number } {
  const placed: Placed[] = [];
  let y = MARGIN;
  const put = (text: string, size: number, more: Partial<Placed> = {}): void => {
    for (const line of wrapWords(document.fontSize(size), text, ROOM)) {
      placed.push({ text: line, y, size, colour: INK, side: 'start', rule: false, ...more });
      y += size * 1.6;
    }
  };
  for (const line of lines) {
    if (line.kind === 'title') put(line.text, 13, { side: 'middle' });
    else if (line.kind === 'state') {
      put(line.text, 11, { side: 'middle', colour: line.mood === 'bad' ? BAD : INK });
      y += 3;
    } else if (line.kind === 'head') {
      y += 6;
      placed.push({ text: line.text, y, size: 10, colour: INK, side: 'start', rule: true });
      y += 17;
    } else if (line.kind === 'text') put(line.text, 8, { colour: SOFT });
    else {
      const size = line.strong === true ? 9.5 : 8.5;
      document.fontSize(size);
      const together = lineWidth(document, line.label) + GAP + lineWidth(document, line.value) <= ROOM;
      placed.push({ text: line.label, y, size, colour: SOFT, side: 'start', rule: false });
      if (!together) y += size * 1.6;
      for (const part of wrapWords(document.fontSize(size), line.value, ROOM)) {
        placed.push({ text: standing(line, part), y, size, colour: INK, side: 'end', rule: false });
        y += size * 1.6;
      }
      if (line.note !== undefined) put(line.note, 7.5, { colour: SOFT });
      y += 2;
    }
  }
  return { placed, height: y + MARGIN };
}

function draw(document: PDFKit.PDFDocument, { text, y, size, colour, side, rule }: Placed, language: Language): void {
  if (rule) document.moveTo(MARGIN, y - 3).lineTo(WIDTH - MARGIN, y - 3).lineWidth(0.5).strokeColor('#888').stroke(); // prettier-ignore
  document.fontSize(size).fillColor(colour);
  const base = language === 'fa' ? 'rtl' : 'ltr';
  if (side === 'middle') {
    drawLine(document, text, base, { left: (WIDTH - lineWidth(document, text)) / 2, y });
    return;
  }
  const right = (side === 'start') === (language === 'fa');
  drawLine(document, text, base, right ? { right: WIDTH - MARGIN, y } : { left: MARGIN, y });
}
