import { drawLine, wrapWords } from '../../../settlement/statement/index.ts';
import type { Language } from '../../language.ts';

/** Points. */
const MARGIN = 42;
const INK = '#111111';
const ACCENT = '#0b6b4f';

/** One sheet of A4 that is filled from its head, in the direction of its language. */
export class Sheet {
  readonly #document: PDFKit.PDFDocument;
  readonly #rtl: boolean;
  #y = MARGIN;

  constructor(document: PDFKit.PDFDocument, language: Language) {
    this.#document = document;
    this.#rtl = language === 'fa';
  }

  title(text: string): void {
    this.#lines(text, 19, 30, ACCENT, 0);
  }

  heading(text: string): void {
    this.#y += 6;
    this.#lines(text, 13, 21, ACCENT, 0);
  }

  paragraph(text: string): void {
    this.#lines(text, 10.5, 16.5, INK, 0);
  }

  /** A line with a mark or a number before it. */
  item(mark: string, text: string): void {
    this.#draw(mark, 10.5, INK, 2, this.#y);
    this.#lines(text, 10.5, 16.5, INK, 18);
  }

  /** A row of a table, with a line under it.
   *  @param shares of the width, a column each */
  row(cells: readonly string[], shares: readonly number[], isHead: boolean): void {
    const { width } = this.#document.page;
    const room = width - 2 * MARGIN;
    const top = this.#y;
    let from = 0;
    let low = top;
    for (const [column, text] of cells.entries()) {
      const share = (shares[column] ?? 0) * room;
      this.#y = top + 2;
      this.#lines(text, 9.5, 14.5, isHead ? ACCENT : INK, from, room - from - share + 8);
      low = Math.max(low, this.#y);
      from += share;
    }
    this.#y = low + 1;
    this.#document
      .moveTo(MARGIN, this.#y)
      .lineTo(width - MARGIN, this.#y)
      .lineWidth(0.4)
      .strokeColor('#999')
      .stroke();
  }

  /** @param indent from the side where a line begins; `after`: left free where it ends */
  #lines(text: string, size: number, height: number, colour: string, indent: number, after = 0): void {
    const room = this.#document.page.width - 2 * MARGIN - indent - after;
    for (const line of wrapWords(this.#document.fontSize(size), text, room)) {
      this.#draw(line, size, colour, indent, this.#y);
      this.#y += height;
    }
  }

  #draw(text: string, size: number, colour: string, indent: number, y: number): void {
    const document = this.#document.fontSize(size).fillColor(colour);
    const at = this.#rtl ? { right: document.page.width - MARGIN - indent, y } : { left: MARGIN + indent, y };
    drawLine(document, text, this.#rtl ? 'rtl' : 'ltr', at);
  }
}
