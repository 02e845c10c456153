import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { columnOf, csvRecords, exponentHint, type CsvRecord } from '../../ops/csv.ts';
import type { Check, Known } from './checks.ts';
import type { Fault } from './faults.ts';
import { isReferenceFile, kindOf, type Kind } from './kinds.ts';

/** At most so many faults of a file are named (files.md). */
export const MOST_FAULTS = 100;

export interface Staged {
  readonly path: string;
  readonly kind: Kind | undefined;
  /** Where each of the kind's columns stands in the file. */
  readonly positions: readonly number[];
  /** Its temporary table. */
  readonly table: string;
  readonly rows: number;
  readonly sha256: string;
  readonly faults: readonly Fault[];
  /** What is wrong with rows that stop a shop or device: they are obeyed all the same (stops.ts). */
  readonly passedOver: readonly Fault[];
}

export interface StageOptions {
  /** Keyed hash of what may not be stored. */
  readonly hash: (secret: string) => Buffer;
  readonly mask: (secret: string) => string;
  readonly known: Known;
  readonly onBytes: (bytes: number) => void;
}

/** Streams a file into a temporary table (COPY), each field checked on the way. A file with faults is read to its end for
 *  its SHA-256, so that one that was taken before is known. */
export async function stage(tx: pg.PoolClient, path: string, table: string, options: StageOptions): Promise<Staged> {
  const scan = new Scan(path, options);
  const rows = scan.rows();
  // The first piece has the header line, which says what table there must be.
  const first = await rows.next();
  if (scan.kind !== undefined) {
    const columns = Object.keys(scan.kind.columns).map((column) => `"${column}" text`);
    await tx.query(`create temporary table ${table} (line int, masked text, ${columns.join(', ')}) on commit drop`);
    const copy = tx.query(copyFrom(`copy ${table} from stdin`));
    const all = async function* () {
      if (first.done !== true) yield first.value;
      yield* rows;
    };
    await pipeline(Readable.from(all(), { objectMode: true, highWaterMark: 2 }), copy);
  } else {
    while ((await rows.next()).done !== true); // to the end, for the SHA-256
  }
  const { kind, positions, faults, passedOver, count, sha256 } = scan;
  return { path, kind, positions, table, rows: count, sha256, faults, passedOver };
}

class Scan {
  kind: Kind | undefined;
  positions: readonly number[] = [];
  count = 0;
  sha256 = '';
  readonly faults: Fault[] = [];
  readonly passedOver: Fault[] = [];
  readonly #path: string;
  readonly #options: StageOptions;
  #before: readonly string[] = [];
  #header: readonly string[] | undefined;
  #checks: readonly (readonly [name: string, at: number, check: Check])[] = [];

  constructor(path: string, options: StageOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** What COPY takes, piece by piece. */
  async *rows(): AsyncGenerator<string> {
    const records = csvRecords(this.#path, { isHeader: isReferenceFile, onBytes: this.#options.onBytes });
    for (;;) {
      const next = await records.next();
      if (next.done === true) {
        this.sha256 = next.value;
        break;
      }
      let piece = '';
      for (const record of next.value) {
        if (!('fields' in record)) this.#fault(record.line, record.column, record.reason);
        else if (this.#header === undefined) this.#begin(record);
        else if (this.kind !== undefined) piece += this.#row(record, this.kind);
      }
      if (this.faults.length === 0) yield piece;
    }
    if (this.#header === undefined && this.faults.length === 0) this.#fault(1, 1, 'the file is empty');
  }

  #fault(line: number, column: number, reason: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ line, column, reason });
  }

  #begin(record: CsvRecord): void {
    this.#header = record.fields;
    const found = kindOf(record.fields);
    if (typeof found === 'string') {
      this.#fault(record.line, 1, found);
      return;
    }
    this.kind = found.kind;
    this.positions = found.positions;
    this.#checks = Object.entries(found.kind.columns).map(
      ([name, check], index) => [name, found.positions[index] ?? 0, check] as const,
    );
  }

  #isStop(fields: readonly string[], { stop, columns }: Kind): boolean {
    const at = stop === undefined ? undefined : this.positions[Object.keys(columns).indexOf('status')];
    return at !== undefined && unspaced(fields[at] ?? '') === stop?.status;
  }

  /** A line of COPY's text format; empty once the file has a fault. */
  #row(record: CsvRecord, kind: Kind): string {
    const { fields, line } = record;
    this.count++;
    if (this.faults.length >= MOST_FAULTS) return '';
    if (fields.length !== this.positions.length) {
      this.#fault(line, 1, `has ${fields.length} fields, the header has ${this.positions.length}`);
      return '';
    }
    const faults = this.#isStop(fields, kind) ? this.passedOver : this.faults;
    let values = '';
    let masked = '';
    let isGood = true;
    for (const [name, at, check] of this.#checks) {
      const value = unspaced(fields[at] ?? '');
      // Most fields are as in the row before: dates, programme, period.
      const reason = value === this.#before[at] ? undefined : check(value, this.#options.known);
      if (reason !== undefined) {
        isGood = false;
        values += '\t\\N'; // of a row that stops: it is not taken
        const into = name === kind.key[0] ? this.faults : faults;
        if (into.length < MOST_FAULTS)
          into.push({ line, column: columnOf(record, at), reason: `${name} ${reason}${exponentHint(value)}` });
      } else if (name !== kind.secret) values += '\t' + (value.includes('\\') ? value.replaceAll('\\', '\\\\') : value);
      else {
        values += '\t' + this.#options.hash(value).toString('hex');
        masked = (kind.kept ?? this.#options.mask)(value);
      }
    }
    this.#before = isGood ? fields : [];
    return this.faults.length > 0 ? '' : `${line}\t${masked}${values}\n`;
  }
}

/** Blanks around a field are nobody's: some write one behind each comma. */
function unspaced(field: string): string {
  return field.charCodeAt(0) <= 0x20 || field.charCodeAt(field.length - 1) <= 0x20 ? field.trim() : field;
}
