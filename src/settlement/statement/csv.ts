import { csvLine } from '../../ops/csv.ts';
import type { Statement } from './read.ts';
import { columnsOf, inUnit, isMoney, rowsOf, type Language } from './words.ts';

/** A statement as CSV (RFC 4180, UTF-8 with the byte order mark without which spreadsheets misread Persian). In the years of two units
 *  the columns of money come once more, after all others, in the second. */
export function statementCsv(statement: Statement, language: Language = 'fa'): string {
  const rows = [columnsOf(language, statement.units, true)];
  for (const row of rowsOf(statement, language)) rows.push(cells(row, statement));
  return `\ufeff${rows.map(csvLine).join('\n')}\n`;
}

function cells(row: readonly string[], { units: [first, ...others] }: Statement): string[] {
  return [
    ...row.map((text, column) => (isMoney(column) ? inUnit(text, first) : text)),
    ...others.flatMap((unit) => row.filter((_, column) => isMoney(column)).map((text) => inUnit(text, unit))),
  ];
}
