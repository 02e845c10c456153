import { columnName, csvRecords } from '../../ops/csv.ts';
import type { Faults } from './faults.ts';

export interface CsvRow {
  readonly line: number;
  /** By column: the wanted ones by their names as wanted, others as the header line has them. */
  readonly values: Readonly<Record<string, string>>;
}

/** Streams a CSV file with a header line (RFC 4180), with what spreadsheets add to it (`csvRecords`).
 *  @param columns those that must be there, in any case; others are given too
 *  @param separator where the header line leaves it open */
export async function* csvRows(
  path: string,
  columns: readonly string[],
  faults: Faults,
  separator = ',',
): AsyncGenerator<CsvRow> {
  const wanted = new Map(columns.map((column) => [columnName(column), column]));
  const lacking = (names: readonly string[]): string[] =>
    [...wanted].flatMap(([name, column]) => (names.includes(name) ? [] : [column]));
  let header: readonly string[] | undefined;
  for await (const records of csvRecords(path, { isHeader: (names) => lacking(names).length === 0, separator })) {
    for (const record of records) {
      if (faults.full) return;
      const { line } = record;
      if (!('fields' in record)) faults.add(line, record.column, record.reason);
      else if (header === undefined) {
        const names = record.fields.map(columnName);
        const missing = lacking(names);
        const twice = names.find((name, index) => wanted.has(name) && names.indexOf(name) !== index);
        if (missing.length > 0) faults.add(line, 1, `the header line lacks ${missing.join(', ')}`);
        else if (twice !== undefined) faults.add(line, 1, `the header line names ${twice} twice`);
        if (missing.length > 0 || twice !== undefined) return;
        header = record.fields.map((field) => wanted.get(columnName(field)) ?? field);
      } else if (record.fields.length !== header.length) {
        faults.add(line, 1, `has ${record.fields.length} fields, the header ${header.length}`);
      } else {
        yield { line, values: Object.fromEntries(header.map((name, index) => [name, record.fields[index] ?? ''])) };
      }
    }
  }
  if (header === undefined && faults.list.length === 0) faults.add(1, 1, 'the file is empty');
}
