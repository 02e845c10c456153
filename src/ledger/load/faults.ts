import { basename } from 'node:path';
import { columnOf, csvRecords, type CsvRecord } from '../../ops/csv.ts';
import { GatewayError } from '../../ops/errors.ts';
import { inline } from '../../ops/printable.ts';
import { isReferenceFile } from './kinds.ts';

/** What is wrong with a file, and where: line and column from 1, in characters. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

/** A fault that the database found: it knows the line and the field. */
export interface FieldFault {
  readonly line: number;
  readonly field: string;
  readonly reason: string;
}

/** Reads a file again to say at which column each fault is. */
export async function locate(
  path: string,
  faults: readonly FieldFault[],
  positionOf: (field: string) => number,
): Promise<Fault[]> {
  const wanted = new Set(faults.map(({ line }) => line));
  const texts = new Map<number, CsvRecord>();
  for await (const records of csvRecords(path, { isHeader: isReferenceFile })) {
    for (const record of records) {
      if ('fields' in record && wanted.has(record.line)) texts.set(record.line, record);
    }
    if (texts.size === wanted.size) break;
  }
  return faults.map(({ line, field, reason }) => {
    const record = texts.get(line);
    const column = record === undefined ? 1 : columnOf(record, positionOf(field));
    return { line, column, reason: `${field} ${reason}` };
  });
}

export interface RefusedFile {
  readonly path: string;
  readonly faults: readonly Fault[];
}

/** @throws GatewayError `load.refused` with every fault as `file:line:column: reason`, unless there is none */
export function refuse(files: readonly RefusedFile[]): void {
  const lines = files.flatMap(({ path, faults }) =>
    faults
      .toSorted((a, b) => a.line - b.line || a.column - b.column)
      .map(({ line, column, reason }) => `  ${inline(basename(path))}:${line}:${column}: ${inline(reason)}`),
  );
  if (lines.length === 0) return;
  throw new GatewayError('load.refused', `refused, nothing was taken:\n${lines.join('\n')}`);
}
