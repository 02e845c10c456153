import { csvLine } from '../../ops/csv.ts';
import type { Statement } from './read.ts';
import { COLUMNS, rowsOf, type Language } from './words.ts';

/** A statement as CSV (RFC 4180, UTF-8 with the byte order mark without which spreadsheets misread Persian). */
export function statementCsv(statement: Statement, language: Language = 'fa'): string {
  const rows = [COLUMNS[language], ...rowsOf(statement, language)];
  return `\ufeff${rows.map(csvLine).join('\n')}\n`;
}
