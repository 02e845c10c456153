import { createWriteStream, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';
import { Page } from './pdf-page.ts';
import type { Statement } from './read.ts';
import { COLUMNS, headOf, money, OPENING, persian, rowsOf, TITLE } from './words.ts';

const FONT = fileURLToPath(new URL('./fonts/Vazirmatn-Regular.ttf', import.meta.url));

/** Prints a statement as a PDF: A4 across, its font in it, its text to be searched and copied. The same statement gives the same
 *  bytes. Written beside its place, then renamed. */
export async function printPdf(statement: Statement, path: string): Promise<void> {
  const date = new Date(`${statement.to}T00:00:00Z`);
  const document = new PDFDocument({
    size: 'A4',
    layout: 'landscape',
    margin: 0,
    font: FONT,
    lang: 'fa-IR',
    autoFirstPage: false,
    info: { Title: `${TITLE} ${statement.merchant}`, CreationDate: date, ModDate: date },
  });
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    const written = pipeline(document, createWriteStream(part));
    print(document, statement);
    document.end();
    await written;
    await rename(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

function print(document: PDFKit.PDFDocument, statement: Statement): void {
  const { opening, lines } = statement;
  const page = new Page(document, COLUMNS);
  page.heading(TITLE, headOf(statement));
  page.row(cellsOf(['', '', OPENING, '', '', '', '', opening.toString(), '']));
  for (const row of rowsOf(opening, lines)) page.row(cellsOf(row));
  page.end();
}

/** Columns 5-7 are money; 0, 1, 3 and 4 numbers and names that read left to right; 8 as its first letter does. */
function cellsOf(row: readonly string[]): { text: string; base: 'ltr' | 'rtl' | 'auto' }[] {
  return row.map((text, column) => {
    if (column === 2) return { text, base: 'rtl' };
    if (column === 8) return { text, base: 'auto' };
    return { text: column >= 5 ? money(text) : persian(text), base: 'ltr' };
  });
}
