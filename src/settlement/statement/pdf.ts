import { createWriteStream, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';
import { Page, type Cell } from './pdf-page.ts';
import type { Statement } from './read.ts';
import { groupedDecimal } from '../../field/money-text.ts';
import type { MoneyUnit, Reading } from '../../field/money-unit.ts';
import { columnsOf, headOf, inUnit, isMoney, persian, rowsOf, TITLE } from './words.ts';

/** Vazirmatn, for whatever is drawn as a PDF. */
export const FONT = fileURLToPath(new URL('./fonts/Vazirmatn-Regular.ttf', import.meta.url));

/** Prints a statement as a PDF: A4 across, its font in it, its text to be searched and copied. The same statement gives the same
 *  bytes. Written beside its place, then renamed. */
export async function printPdf(statement: Statement, path: string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await pipeline(statementPdf(statement), createWriteStream(part));
    await rename(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

/** The same as a stream of its bytes. */
export function statementPdf(statement: Statement): PDFKit.PDFDocument {
  const date = new Date(statement.printedAt);
  const document = new PDFDocument({
    size: 'A4',
    layout: 'landscape',
    margin: 0,
    font: FONT,
    lang: 'fa-IR',
    autoFirstPage: false,
    info: { Title: `${TITLE} ${statement.merchant}`, CreationDate: date, ModDate: date },
  });
  print(document, statement);
  document.end();
  return document;
}

function print(document: PDFKit.PDFDocument, statement: Statement): void {
  const page = new Page(document, columnsOf('fa', statement.units));
  page.heading(TITLE, headOf(statement));
  for (const row of rowsOf(statement)) page.row(cellsOf(row, statement.units));
  page.end();
}

/** 0, 1, 3 and 4 are numbers and names that read left to right; 12 as its first letter does. */
function cellsOf(row: readonly string[], [first, ...others]: Reading): Cell[] {
  return row.map((text, column) => {
    if (column === 2) return { text, base: 'rtl' };
    if (column === 12) return { text, base: 'auto' };
    if (!isMoney(column)) return { text: persian(text), base: 'ltr' };
    const said = (unit: MoneyUnit): string => groupedDecimal(inUnit(text, unit), 'fa');
    return { text: said(first), base: 'ltr', under: text === '' ? [] : others.map(said) };
  });
}
