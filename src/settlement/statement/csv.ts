import { csvLine } from '../../ops/csv.ts';
import type { Statement } from './read.ts';
import { COLUMNS, jalaliDate, OPENING, rowsOf } from './words.ts';

/** A statement as CSV (RFC 4180, UTF-8 with the byte order mark without which spreadsheets misread Persian). */
export function statementCsv(statement: Statement): string {
  const { opening, lines, from } = statement;
  const first = [jalaliDate(from), '', OPENING, '', '', '', '', opening.toString(), ''];
  const rows = [COLUMNS, first, ...rowsOf(opening, lines)];
  return `\ufeff${rows.map(csvLine).join('\n')}\n`;
}
