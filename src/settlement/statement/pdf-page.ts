import { drawLine, lineWidth } from './pdf-line.ts';
import { persian } from './words.ts';

export interface Cell {
  readonly text: string;
  readonly base: 'ltr' | 'rtl' | 'auto';
  /** Lines of their own below it. */
  readonly under?: readonly string[];
}

/** Points. */
const MARGIN = 34;
const LINE = 12;
const GAP = 3;
const SIZE = 7;
const TITLE_SIZE = 13;
const WIDTHS = [44, 24, 62, 56, 38, 58, 58, 54, 52, 60, 60, 62, 146] as const;
const MOST_LINES = 4;
const PAGE_NUMBER_ROOM = 20;

/** A table that reads from right to left, page after page, each with its column heads and number. */
export class Page {
  readonly #document: PDFKit.PDFDocument;
  readonly #heads: readonly Cell[];
  #y = MARGIN;
  #number = 0;

  constructor(document: PDFKit.PDFDocument, heads: readonly string[]) {
    this.#document = document;
    this.#heads = heads.map((text) => ({ text, base: 'rtl' }));
  }

  heading(title: string, lines: readonly string[]): void {
    this.#newPage();
    const right = this.#document.page.width - MARGIN;
    this.#draw(title, 'rtl', right, TITLE_SIZE);
    this.#y += TITLE_SIZE + LINE;
    for (const line of lines) {
      this.#draw(line, 'rtl', right, SIZE + 1);
      this.#y += LINE + 1;
    }
    this.#y += GAP;
    this.#drawRow(this.#heads);
  }

  row(cells: readonly Cell[]): void {
    const { height } = this.#document.page;
    const wrapped = this.#wrapped(cells);
    if (this.#y + this.#heightOf(wrapped) > height - MARGIN - PAGE_NUMBER_ROOM) {
      this.end();
      this.#newPage();
      this.#drawRow(this.#heads);
    }
    this.#drawRow(cells, wrapped);
  }

  /** Numbers the last page. */
  end(): void {
    this.#y = this.#document.page.height - MARGIN - LINE;
    this.#draw(`صفحه ${persian(String(this.#number))}`, 'rtl', this.#document.page.width / 2, SIZE);
  }

  #newPage(): void {
    this.#document.addPage();
    this.#number++;
    this.#y = MARGIN;
  }

  #wrapped(cells: readonly Cell[]): string[][] {
    return cells.map(({ text, under = [] }, column) =>
      [text, ...under].flatMap((line) => this.#wrap(line, (WIDTHS[column] ?? 0) - 2 * GAP)),
    );
  }

  #heightOf(wrapped: readonly (readonly string[])[]): number {
    return Math.max(...wrapped.map((lines) => lines.length), 1) * LINE + 2;
  }

  #drawRow(cells: readonly Cell[], wrapped = this.#wrapped(cells)): void {
    const top = this.#y;
    let right = this.#document.page.width - MARGIN;
    for (const [column, { base }] of cells.entries()) {
      for (const [line, text] of (wrapped[column] ?? []).entries()) {
        this.#y = top + line * LINE;
        this.#draw(text, base, right - GAP, SIZE);
      }
      right -= WIDTHS[column] ?? 0;
    }
    this.#y = top + this.#heightOf(wrapped);
    const left = this.#document.page.width - MARGIN;
    this.#document
      .moveTo(right, this.#y - 1)
      .lineTo(left, this.#y - 1)
      .lineWidth(0.4)
      .strokeColor('#999')
      .stroke();
  }

  /** Draws a line that ends at `right`. */
  #draw(text: string, base: Cell['base'], right: number, size: number): void {
    drawLine(this.#document.fontSize(size).fillColor('#111'), text, base, { right, y: this.#y });
  }

  /** By words, and by characters where a word is wider than its column; what is beyond the last line ends in "…". */
  #wrap(text: string, width: number): string[] {
    this.#document.fontSize(SIZE);
    const fits = (line: string): boolean => lineWidth(this.#document, line) <= width;
    const lines: string[] = [];
    let line = '';
    for (const word of text.replace(/\p{Cc}+/gu, ' ').split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (fits(longer)) {
        line = longer;
        continue;
      }
      if (line !== '') lines.push(line);
      line = '';
      for (const character of word) {
        if (line !== '' && !fits(line + character)) {
          lines.push(line);
          line = '';
        }
        line += character;
      }
      if (lines.length > MOST_LINES) break;
    }
    lines.push(line);
    if (lines.length <= MOST_LINES) return lines;
    return [...lines.slice(0, MOST_LINES - 1), `${lines[MOST_LINES - 1] ?? ''}…`];
  }
}
