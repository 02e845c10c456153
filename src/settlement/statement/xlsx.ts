import { xlsx, type XlsxCell } from '../../ops/xlsx.ts';
import type { Statement } from './read.ts';
import type { MoneyUnit } from '../../field/money-unit.ts';
import { columnsOf, inUnit, isMoney, rowsOf, type Language } from './words.ts';

const WIDTHS = [12, 8, 24, 16, 12, 16, 16, 16, 16, 16, 16, 18, 36];

/** A statement as a workbook: its money are numbers, its sheet reads as its language does.
 *  @returns the bytes, piece by piece */
export function statementXlsx(statement: Statement, language: Language = 'fa'): AsyncGenerator<Uint8Array> {
  const columns = columnsOf(language, statement.units, true).map((title, n) => ({ title, width: WIDTHS[n] ?? 16 }));
  const name = `${statement.from} ${statement.to === statement.from ? '' : statement.to}`.trim();
  return xlsx({ name, rtl: language === 'fa', columns }, cells(statement, language));
}

function* cells(statement: Statement, language: Language): Generator<readonly XlsxCell[]> {
  for (const row of rowsOf(statement, language)) {
    const [first, ...others] = statement.units;
    const money = (unit: MoneyUnit): XlsxCell[] =>
      row.filter((_, column) => isMoney(column)).map((text) => moneyCell(text, unit));
    yield [...row.map((text, column) => (isMoney(column) ? moneyCell(text, first) : text)), ...others.flatMap(money)];
  }
}

function moneyCell(text: string, unit: MoneyUnit): XlsxCell {
  const said = inUnit(text, unit);
  if (said === '') return undefined;
  return said.includes('.') ? { decimal: said } : BigInt(said);
} // prettier-ignore
