/** A shop's statement, read once and printed four ways. */
export { statementCsv } from './csv.ts';
export { statementHtml } from './html.ts';
export { drawLine, lineWidth, wrapWords } from './pdf-line.ts';
export { FONT, printPdf, statementPdf } from './pdf.ts';
export { readStatement, type Statement } from './read.ts';
export { statementXlsx } from './xlsx.ts';
