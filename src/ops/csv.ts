import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A record of a CSV file (RFC 4180): where it begins, and its fields. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  /** The text of the record and what separates its fields, from which `columnOf` reads positions. */
  readonly text: string;
  readonly separator: string;
}

/** What cannot be read as a record. */
export interface Unreadable {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

export interface CsvOptions {
  /** Whether these names, as `columnName` gives them, are a header line of what is read. */
  readonly isHeader: (names: readonly string[]) => boolean;
  /** What separates fields where the header line leaves it open (default: a comma). */
  readonly separator?: string;
  /** Told the bytes read, chunk by chunk. */
  readonly onBytes?: (bytes: number) => void;
}

/** No record of ours is longer; a file of another kind ends here instead of in memory. */
const MAX_RECORD = 8_192;
const SEPARATORS = [',', ';', '\t', '|'] as const;
const SAVE = 'save it as "CSV UTF-8"';

/** Streams the records of a file, the header line first, and its SHA-256, in constant memory. Lines end with LF, CRLF or CR; a
 *  quoted field may hold such. What spreadsheets add is taken where it can mean one thing only: a line `sep=;` at the start, the
 *  separator with which the first line is the header, blank rows, empty columns at the end.
 *  @returns the SHA-256 of the whole file, hex */
export async function* csvRecords(
  path: string,
  options: CsvOptions,
): AsyncGenerator<(CsvRecord | Unreadable)[], string> {
  const hash = createHash('sha256');
  const cutter = new Cutter(options);
  let tail: Buffer = Buffer.alloc(0);
  let first = true;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    options.onBytes?.(chunk.length);
    if (cutter.broken) continue;
    const foreign = first ? notText(chunk) : undefined;
    first = false;
    if (foreign !== undefined) {
      yield [cutter.stop(foreign)];
      continue;
    }
    const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const whole = bytes.length - incompleteTail(bytes);
    if (!isUtf8(bytes.subarray(0, whole))) {
      const good = validPrefix(bytes);
      yield [...cutter.cut(bytes.toString('utf8', 0, good)), cutter.stop(`is not UTF-8 from here on: ${SAVE}`)];
      continue;
    }
    tail = Buffer.from(bytes.subarray(whole));
    yield cutter.cut(bytes.toString('utf8', 0, whole));
  }
  if (!cutter.broken) yield tail.length > 0 ? [cutter.stop('ends in the middle of a character')] : cutter.end();
  return hash.digest('hex');
}

/** A name of a header line as it is compared: without case, and without blanks around it. */
export function columnName(text: string): string {
  return text.trim().toLowerCase();
}

/** Why a number that is not one may be a spreadsheet's: it writes long ones as `1E+08`, and their last digits are gone. */
export function exponentHint(text: string): string {
  return /^\s*[+-]?\d+(?:[.,]\d+)?E[+-]?\d+\s*$/i.test(text)
    ? ': a spreadsheet wrote it with an exponent; format the column as text, enter it again and save'
    : '';
}

/** A line of CSV for a spreadsheet, whatever its fields hold: other people's text never becomes a formula there. */
export function csvLine(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}

/** What a spreadsheet may take for the beginning of a cell: blanks, controls and marks before it are passed over, and one of
 *  another country begins a cell behind each semicolon, too. */
const FORMULA = /(^|[;|\t\r\n])([\s"'\p{C}]*)([=+\-@\uff1d\uff0b\uff0d\uff20])/gu;

/** Text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one. Numbers stay. */
export function defused(text: string): string {
  return /^-?\d*(\.\d+)?$/.test(text) ? text : text.replace(FORMULA, "$1'$2$3").replace(/^[\t\r]/, "'$&");
}

function csvField(text: string): string {
  const safe = defused(text);
  return /[",;|\t\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The column (1-based, in characters) at which field `index` of a record begins. */
export function columnOf({ text, separator }: Pick<CsvRecord, 'text' | 'separator'>, index: number): number {
  let at = 0;
  for (let field = 0; field < index; field++) {
    const end = endOfField(text, at, separator);
    if (end === undefined) break;
    at = end + 1;
  }
  return at + 1;
}

/** Cuts text that comes in pieces into records. */
class Cutter {
  broken = false;
  readonly #options: CsvOptions;
  #rest = '';
  #line = 1;
  #begun = false;
  /** Named by a line `sep=`. */
  #named: string | undefined;
  #separator: string | undefined;
  /** Columns of the header line. */
  #width = 0;

  constructor(options: CsvOptions) {
    this.#options = options;
  }

  cut(piece: string): (CsvRecord | Unreadable)[] {
    const text = this.#rest + (this.#begun ? piece : piece.replace(/^\ufeff/, ''));
    this.#begun ||= piece.length > 0;
    const found: (CsvRecord | Unreadable)[] = [];
    const breaks = new Breaks(text);
    let [start, quotes, quote] = [0, 0, text.indexOf('"')];
    for (let end = breaks.next(0); end !== -1; end = breaks.next(breaks.after)) {
      for (; quote !== -1 && quote < end; quote = text.indexOf('"', quote + 1)) quotes++;
      if (quotes % 2 === 1 && end - start <= MAX_RECORD) continue; // the line break is inside a quoted field
      found.push(...this.#record(text.slice(start, end)));
      this.#line += 1 + (quotes === 0 ? 0 : lineBreaks(text.slice(start, end)));
      [start, quotes] = [breaks.after, 0];
      if (this.broken) return found;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > 2 * MAX_RECORD) found.push(this.stop(`a record longer than ${MAX_RECORD} characters`));
    return found;
  }

  end(): (CsvRecord | Unreadable)[] {
    const last = this.#rest.replace(/\r$/, '');
    return last === '' ? [] : this.#record(last);
  }

  stop(reason: string): Unreadable {
    this.broken = true;
    return { line: this.#line, column: 1, reason };
  }

  #record(text: string): (CsvRecord | Unreadable)[] {
    if (text.length > MAX_RECORD) return [this.stop(`a record longer than ${MAX_RECORD} characters`)];
    if (this.#line === 1) {
      const sep = /^"?sep=(.)"?[,;\t|]*$/i.exec(text)?.[1];
      if (sep !== undefined) {
        this.#named = sep;
        return SEPARATORS.some((one) => one === sep) ? [] : [this.stop('sep= names a separator that is not read here')];
      }
    }
    if (isBlank(text)) return [];
    const heading = this.#separator === undefined;
    const separator = (this.#separator ??= this.#separatorOf(text));
    const fields = split(text, separator);
    if (typeof fields === 'number') {
      const reason = 'a quote that does not end, or text after the end of one';
      return [heading ? this.stop(reason) : { line: this.#line, column: fields, reason }];
    }
    if (heading) {
      while (fields.length > 1 && fields.at(-1)?.trim() === '') fields.pop();
      this.#width = fields.length;
    } else if (fields.length > this.#width && fields.slice(this.#width).every((field) => field.trim() === '')) {
      fields.length = this.#width;
    }
    return [{ line: this.#line, fields, text, separator }];
  }

  /** The separator with which a line is the header line of what is wanted; without one, what else it would be. */
  #separatorOf(text: string): string {
    const usual = this.#options.separator ?? ',';
    if (this.#named !== undefined) return this.#named;
    const fits = (separator: string): boolean => {
      const fields = split(text, separator);
      if (typeof fields === 'number') return false;
      const names = fields.map(columnName);
      while (names.at(-1) === '') names.pop();
      return this.#options.isHeader(names);
    };
    return [usual, ...SEPARATORS].find(fits) ?? usual;
  }
}

/** Line breaks of a text, in order: LF, CRLF or CR. A CR at the very end may be half of one, and waits. */
class Breaks {
  /** Where the text behind the last break begins. */
  after = 0;
  readonly #text: string;
  #lf: number;
  #cr: number;

  constructor(text: string) {
    this.#text = text;
    this.#lf = text.indexOf('\n');
    this.#cr = text.indexOf('\r');
  }

  /** @returns where the next break from `from` on begins; -1: there is none */
  next(from: number): number {
    const text = this.#text;
    if (this.#lf !== -1 && this.#lf < from) this.#lf = text.indexOf('\n', from);
    if (this.#cr !== -1 && this.#cr < from) this.#cr = text.indexOf('\r', from);
    if (this.#cr === -1 || (this.#lf !== -1 && this.#lf < this.#cr)) {
      this.after = this.#lf + 1;
      return this.#lf;
    }
    if (this.#cr === text.length - 1) return -1;
    this.after = this.#lf === this.#cr + 1 ? this.#lf + 1 : this.#cr + 1;
    return this.#cr;
  }
}

/** Why a file's first bytes are no text of ours. */
function notText(bytes: Buffer): string | undefined {
  const mark = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
  if (mark === 0xfffe || mark === 0xfeff || bytes.subarray(0, 4).includes(0))
    return `is UTF-16 ("Unicode text"): ${SAVE}`;
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04') return `is a workbook (XLSX), not CSV: ${SAVE}`;
  return undefined;
}

/** Bytes at the end that begin a character which goes on in the next chunk. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/** Where the line begins in which UTF-8 ends. */
function validPrefix(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const whole = middle - incompleteTail(bytes.subarray(0, middle));
    if (isUtf8(bytes.subarray(0, whole))) good = middle;
    else bad = middle;
  }
  if (good === 0) return 0;
  return Math.max(bytes.lastIndexOf(0x0a, good - 1), bytes.lastIndexOf(0x0d, good - 1)) + 1;
}

function lineBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** Nothing but separators, quotes and blanks. */
function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  const may = text === '' || first <= 0x20 || first === 0x22 || first === 0x2c || first === 0x3b || first === 0x7c;
  return may && /^[\s,;|"]*$/.test(text);
}

/** @returns the fields, or the column of a fault */
function split(text: string, separator: string): string[] | number {
  if (!text.includes('"')) return text.split(separator);
  const fields: string[] = [];
  for (let at = 0; at <= text.length;) {
    const end = endOfField(text, at, separator);
    if (end === undefined) return at + 1;
    const field = text.slice(at, end);
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    at = end + 1;
  }
  return fields;
}

/** Where a field that begins at `at` ends: at a separator or at the end. */
function endOfField(text: string, at: number, separator: string): number | undefined {
  if (text[at] !== '"') {
    const next = text.indexOf(separator, at);
    const end = next === -1 ? text.length : next;
    return text.slice(at, end).includes('"') ? undefined : end;
  }
  let quote = text.indexOf('"', at + 1);
  while (quote !== -1 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  if (quote === -1 || (quote + 1 < text.length && text[quote + 1] !== separator)) return undefined;
  return quote + 1;
}
