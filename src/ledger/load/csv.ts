import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';

/** A record of a CSV file (RFC 4180): where it begins, its fields, and the column (1-based, in characters) of each. */
export interface Record {
  readonly line: number;
  readonly fields: readonly string[];
  /** The text of the record, from which `columnOf` reads positions. */
  readonly text: string;
}

/** What cannot be read as a record. */
export interface Unreadable {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

/** No record of ours is longer; a file of another kind ends here instead of in memory. */
const MAX_RECORD = 8_192;

/** Streams the records of a file and its SHA-256, in constant memory. Line breaks are LF or CRLF; a quoted field may hold some.
 *  @param onBytes told the bytes read, chunk by chunk
 *  @returns the SHA-256 of the whole file, hex */
export async function* readRecords(
  path: string,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<(Record | Unreadable)[], string> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const cutter = new Cutter();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    onBytes(chunk.length);
    if (cutter.broken) continue;
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch {
      yield [cutter.stop('is not UTF-8 from here on')];
      continue;
    }
    yield cutter.cut(text);
  }
  if (!cutter.broken) yield cutter.end(decoder);
  return hash.digest('hex');
}

/** Cuts text that comes in pieces into records. */
class Cutter {
  broken = false;
  #rest = '';
  #line = 1;

  cut(piece: string): (Record | Unreadable)[] {
    const text = this.#rest + piece;
    const found: (Record | Unreadable)[] = [];
    let start = 0;
    let look = 0;
    for (let end = text.indexOf('\n', look); end !== -1; end = text.indexOf('\n', look)) {
      look = end + 1;
      const quotes = count(text, '"', start, end);
      if (quotes % 2 === 1 && end - start <= MAX_RECORD) continue; // the line break is inside a quoted field
      found.push(...this.#record(text.slice(start, text[end - 1] === '\r' ? end - 1 : end)));
      this.#line += 1 + count(text, '\n', start, end);
      start = look;
      if (this.broken) return found;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > 2 * MAX_RECORD) found.push(this.stop(`a record longer than ${MAX_RECORD} characters`));
    return found;
  }

  end(decoder: TextDecoder): (Record | Unreadable)[] {
    try {
      const last = this.#rest + decoder.decode();
      return last === '' ? [] : this.#record(last);
    } catch {
      return [this.stop('ends in the middle of a character')];
    }
  }

  stop(reason: string): Unreadable {
    this.broken = true;
    return { line: this.#line, column: 1, reason };
  }

  #record(text: string): (Record | Unreadable)[] {
    if (text === '') return [];
    if (text.length > MAX_RECORD) return [this.stop(`a record longer than ${MAX_RECORD} characters`)];
    const fields = split(text);
    if (typeof fields === 'number') {
      return [{ line: this.#line, column: fields, reason: 'a quote that does not end, or text after the end of one' }];
    }
    return [{ line: this.#line, fields, text }];
  }
}

function count(text: string, character: string, from: number, to: number): number {
  let found = 0;
  for (let at = text.indexOf(character, from); at !== -1 && at < to; at = text.indexOf(character, at + 1)) found++;
  return found;
}

/** @returns the fields, or the column of a fault */
function split(text: string): string[] | number {
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  for (let at = 0; at <= text.length;) {
    const end = endOfField(text, at);
    if (end === undefined) return at + 1;
    const field = text.slice(at, end);
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    at = end + 1;
  }
  return fields;
}

/** Where a field that begins at `at` ends: at a comma or at the end. */
function endOfField(text: string, at: number): number | undefined {
  if (text[at] !== '"') {
    const comma = text.indexOf(',', at);
    const end = comma === -1 ? text.length : comma;
    return text.slice(at, end).includes('"') ? undefined : end;
  }
  let quote = text.indexOf('"', at + 1);
  while (quote !== -1 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  if (quote === -1 || (quote + 1 < text.length && text[quote + 1] !== ',')) return undefined;
  return quote + 1;
}

/** The column (1-based) at which field `index` of a record begins. */
export function columnOf(text: string, index: number): number {
  let at = 0;
  for (let field = 0; field < index; field++) {
    const end = endOfField(text, at);
    if (end === undefined) break;
    at = end + 1;
  }
  return at + 1;
}
