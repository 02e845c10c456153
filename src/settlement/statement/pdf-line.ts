import { visualRuns } from './bidi.ts';

/** pdfkit shapes word by word, and puts the words in the order of Latin; with features asked for by name it shapes a run whole.
 *  Single words it remembers: they are drawn without. */
const WHOLE: PDFKit.Mixins.OpenTypeFeatures[] = ['kern', 'liga'];

function shaping(text: string): { features?: PDFKit.Mixins.OpenTypeFeatures[] } {
  return text.includes(' ') ? { features: WHOLE } : {};
}

/** Points, at the size that is set. Letters of two words never join: a line is as wide as its words. */
export function lineWidth(document: PDFKit.PDFDocument, text: string): number {
  return document.widthOfString(text, shaping(text));
}

/** Draws a line in the order in which it is read, at the size and colour that are set. There is no ActualText: readers put the glyphs of a
 *  line in order by themselves, and some would turn the text round a second time.
 *  @param at where it begins from the left, or ends at the right */
export function drawLine(
  document: PDFKit.PDFDocument,
  text: string,
  base: 'ltr' | 'rtl' | 'auto',
  at: { readonly y: number } & ({ readonly left: number } | { readonly right: number }),
): void {
  const runs = visualRuns(text, base);
  const widths = runs.map((run) => lineWidth(document, run.text));
  let x = 'left' in at ? at.left : at.right - widths.reduce((sum, width) => sum + width, 0);
  for (const [index, run] of runs.entries()) {
    document.text(run.text, x, at.y, { lineBreak: false, ...shaping(run.text) });
    x += widths[index] ?? 0;
  }
}

/** Words as lines that are no wider than the room, at the size that is set; a word that is wider is cut. */
export function wrapWords(document: PDFKit.PDFDocument, text: string, room: number): string[] {
  const space = lineWidth(document, ' ');
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of text.split(' ').flatMap((each) => pieces(document, each, room))) {
    const wide = lineWidth(document, word);
    if (line === '' || width + space + wide <= room) {
      width += line === '' ? wide : space + wide;
      line = line === '' ? word : `${line} ${word}`;
      continue;
    }
    lines.push(line);
    line = word;
    width = wide;
  }
  return line === '' ? lines : [...lines, line];
}

function pieces(document: PDFKit.PDFDocument, word: string, room: number): string[] {
  if (lineWidth(document, word) <= room) return [word];
  const cut: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && lineWidth(document, piece + character) > room) {
      cut.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...cut, piece];
}
