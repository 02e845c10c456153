import { createReadStream } from 'node:fs';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { messageOf } from '../../ops/errors.ts';
import { xmlCharacters } from '../../ops/xml-text.ts';
import type { Faults } from './faults.ts';

/** An element of interest, with the texts below it by relative path (`Refs/InstrId`), attributes as `Amt@Ccy`. The first
 *  of several equal paths counts. */
export interface XmlRecord {
  /** Path from the root, without namespace prefixes. */
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
  readonly line: number;
  readonly column: number;
}

const MAX_DEPTH = 24;
const MAX_RECORD_CHARACTERS = 65_536;

/** Streams an XML file, giving each element whose path is in `wanted` once it ends (an inner one before its outer).
 *  @param repeated relative paths whose texts are all wanted: joined by spaces
 *  Faults, not well-formed XML among them, go to `faults`; records before a fault were given already. */
export async function* xmlRecords(
  path: string,
  wanted: readonly string[],
  faults: Faults,
  repeated: readonly string[] = [],
): AsyncGenerator<XmlRecord> {
  const collector = new RecordCollector(new Set(wanted), new Set(repeated));
  try {
    const bytes = createReadStream(path, { highWaterMark: 1 << 16 }) as AsyncIterable<Buffer>;
    for await (const text of xmlCharacters(bytes)) yield* collector.write(text);
    yield* collector.end();
  } catch (error) {
    const reason = messageOf(error).replace(/^\d+:\d+: /, ''); // saxes says where, and so do we
    faults.add(collector.line, collector.column, reason);
  }
}

interface OpenRecord {
  readonly path: string;
  readonly depth: number;
  readonly values: Map<string, string>;
  readonly line: number;
  readonly column: number;
  characters: number;
}

class RecordCollector {
  readonly #parser = new SaxesParser({ xmlns: false });
  readonly #wanted: ReadonlySet<string>;
  readonly #repeated: ReadonlySet<string>;
  readonly #names: string[] = [];
  readonly #open: OpenRecord[] = [];
  /** Characters since the parser last gave anything: it keeps them all until then. */
  #silent = 0;
  #done: XmlRecord[] = [];
  #text = '';

  constructor(wanted: ReadonlySet<string>, repeated: ReadonlySet<string>) {
    this.#wanted = wanted;
    this.#repeated = repeated;
    this.#parser.on('error', (error) => {
      throw error;
    });
    this.#parser.on('doctype', () => {
      throw new Error('a document type declaration is not allowed');
    });
    this.#parser.on('opentag', (tag) => {
      this.#enter(tag);
    });
    this.#parser.on('text', (text) => {
      this.#add(text);
    });
    this.#parser.on('cdata', (text) => {
      this.#add(text);
    });
    this.#parser.on('closetag', () => {
      this.#leave();
    });
  }

  get line(): number {
    return this.#parser.line;
  }

  get column(): number {
    return this.#parser.column + 1;
  }

  *write(text: string): Generator<XmlRecord> {
    this.#silent += text.length;
    this.#parser.write(text);
    if (this.#silent > MAX_RECORD_CHARACTERS + text.length) {
      throw new Error(`a text, a comment or a tag is longer than ${MAX_RECORD_CHARACTERS} characters`);
    }
    yield* this.#take();
  }

  *end(): Generator<XmlRecord> {
    this.#parser.close();
    yield* this.#take();
  }

  #take(): XmlRecord[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #enter(tag: SaxesTagPlain): void {
    this.#silent = 0;
    this.#names.push(tag.name.slice(tag.name.indexOf(':') + 1));
    this.#text = '';
    if (this.#names.length > MAX_DEPTH) throw new Error(`elements are nested deeper than ${MAX_DEPTH}`);
    const path = this.#names.join('/');
    if (this.#wanted.has(path)) {
      const { line, column } = this;
      this.#open.push({ path, depth: this.#names.length, values: new Map(), line, column, characters: 0 });
    }
    for (const [name, value] of Object.entries(tag.attributes)) this.#put(`@${name}`, value);
  }

  #add(text: string): void {
    this.#text += text;
    if (this.#text.length > MAX_RECORD_CHARACTERS) throw new Error(`a text is longer than ${MAX_RECORD_CHARACTERS}`);
  }

  #leave(): void {
    this.#silent = 0;
    const text = this.#text.trim();
    if (text !== '') this.#put('', text);
    this.#text = '';
    const record = this.#open.at(-1);
    if (record?.depth === this.#names.length) {
      this.#open.pop();
      const { path, values, line, column } = record;
      this.#done.push({ path, values, line, column });
    }
    this.#names.pop();
  }

  /** A text belongs to the innermost record around it. */
  #put(suffix: string, value: string): void {
    const record = this.#open.at(-1);
    if (record === undefined) return;
    const key = this.#names.slice(record.depth).join('/') + suffix;
    record.characters += value.length;
    if (record.characters > MAX_RECORD_CHARACTERS)
      throw new Error(`an element holds over ${MAX_RECORD_CHARACTERS} characters`);
    const before = record.values.get(key);
    if (before === undefined) {
      record.characters += key.length; // names take room too, whatever they hold
      record.values.set(key, value);
    } else if (this.#repeated.has(key)) record.values.set(key, `${before} ${value}`);
  }
}
