import type { Faults } from './faults.ts';
import { textLines } from './lines.ts';

export interface CsvRow {
  readonly line: number;
  /** By column name, as the header line has it. */
  readonly values: Readonly<Record<string, string>>;
}

/** Streams a CSV file with a header line (RFC 4180; a field may not hold a line break: none of ours needs one).
 *  @param columns those that must be there; others are given too */
export async function* csvRows(
  path: string,
  columns: readonly string[],
  faults: Faults,
  separator = ',',
): AsyncGenerator<CsvRow> {
  let header: readonly string[] | undefined;
  for await (const { number, text } of textLines(path, faults)) {
    if (faults.full) return;
    const line = number === 1 ? text.replace(/^\ufeff/, '') : text;
    if (line === '' && header !== undefined) continue;
    const fields = splitCsv(line, separator);
    if (fields === undefined) faults.add(number, 1, 'a quoted field does not end, or text follows its end');
    else if (header === undefined) {
      const missing = columns.filter((column) => !fields.includes(column));
      if (missing.length > 0) {
        faults.add(number, 1, `the header line lacks ${missing.join(', ')}`);
        return;
      }
      header = fields;
    } else if (fields.length !== header.length) {
      faults.add(number, 1, `has ${fields.length} fields, the header ${header.length}`);
    } else {
      const values: Record<string, string> = {};
      for (const [index, name] of header.entries()) values[name] = fields[index] ?? '';
      yield { line: number, values };
    }
  }
  if (header === undefined && faults.list.length === 0) faults.add(1, 1, 'the file is empty');
}

/** @returns undefined for a line that is not CSV */
function splitCsv(line: string, separator: string): string[] | undefined {
  if (!line.includes('"')) return line.split(separator);
  const fields: string[] = [];
  for (let at = 0; at <= line.length;) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at);
      fields.push(line.slice(at, end === -1 ? undefined : end));
      at = end === -1 ? line.length + 1 : end + 1;
      continue;
    }
    let value = '';
    let from = at + 1;
    let end = line.indexOf('"', from);
    while (end !== -1 && line[end + 1] === '"') {
      value += line.slice(from, end + 1);
      from = end + 2;
      end = line.indexOf('"', from);
    }
    if (end === -1 || (end + 1 < line.length && line[end + 1] !== separator)) return undefined;
    fields.push(value + line.slice(from, end));
    at = end + 2;
    if (end + 1 === line.length) break;
  }
  return fields;
}
