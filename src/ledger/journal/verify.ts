import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../ops/errors.ts';
import { linesOf, NOTHING_BEFORE, sha256 } from './lines.ts';

export interface JournalVerdict {
  /** YYYY-MM-DD, as its first line says; undefined when that cannot be read. */
  readonly day: string | undefined;
  readonly lines: number;
  /** SHA-256 of its last line. */
  readonly last: string;
  /** The first line that is not what was written. */
  readonly fault: { readonly line: number; readonly reason: string } | undefined;
}

/** What gzip begins with as we write it: deflate, no name, no time. */
const GZIP_BEGIN = Buffer.from('1f8b08000000000000', 'hex');
const LINE = /^\{"prev":"([0-9a-f]{64})","line":"(journal|transaction|posting|end)"/;

/** Reads a journal file to its end, and says whether one byte of it was changed, and which line (files.md, Journal export).
 *  @param kept the last line's SHA-256 as the database has it; without it a change of the very last line is not seen
 *  @param before the same of the day before, which the first line must carry */
export async function verifyJournal(file: Readable, kept?: string, before?: string): Promise<JournalVerdict> {
  const chain = new Chain(before);
  let damage: string | undefined;
  try {
    for await (const line of linesOf(unpacked(file))) {
      chain.add(line);
      if (chain.decided) break;
    }
  } catch (error) {
    damage = messageOf(error);
  }
  return chain.verdict(kept, damage);
}

async function* unpacked(file: Readable): AsyncGenerator<Buffer> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      if (bytes === 0 && !chunk.subarray(0, GZIP_BEGIN.length).equals(GZIP_BEGIN)) {
        throw new Error('the file does not begin as a journal file does');
      }
      bytes += chunk.length;
      yield chunk;
    }
  };
  const gunzip = createGunzip();
  const fed = pipeline(counted, gunzip);
  fed.catch(() => undefined); // whoever reads gunzip is told
  for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  if (gunzip.bytesWritten !== bytes) throw new Error('there is more in the file after its end');
}

/** The line that carries a hash, and what the line before it has. */
interface BrokenLink {
  readonly line: number;
  readonly carried: string;
  readonly found: string;
}

function accused({ line, carried, found }: BrokenLink, nextIsBrokenToo: boolean): JournalVerdict['fault'] {
  if (nextIsBrokenToo || line === 1)
    return { line, reason: `it carries ${carried} for the line before, which has ${found}` };
  return { line: line - 1, reason: `its SHA-256 is ${found}; the next line carries ${carried}` };
}

/** The chain of lines. A link that does not hold accuses the line before it, unless the next link does not hold either: then
 *  the line between them was changed. */
class Chain {
  #lines = 0;
  #last = NOTHING_BEFORE;
  readonly #before: string | undefined;
  #day: string | undefined;
  #ended = false;
  /** The line that carries the first hash which is not that of the line before it. */
  #broken: BrokenLink | undefined;
  #fault: JournalVerdict['fault'];

  /** @param before what the first line must carry, where that is known */
  constructor(before: string | undefined) {
    this.#before = before;
  }

  get decided(): boolean {
    return this.#fault !== undefined;
  }

  add(line: Buffer): void {
    const text = line.toString();
    const [, prev, kind] = LINE.exec(text) ?? [];
    const number = ++this.#lines;
    if (number === 1) this.#last = this.#before ?? prev ?? NOTHING_BEFORE;
    const holds = prev === this.#last;
    if (this.#broken !== undefined) this.#fault = accused(this.#broken, !holds);
    else if (this.#ended) this.#fault = { line: number, reason: 'it stands after the end' };
    else if (prev === undefined) this.#fault = { line: number, reason: 'it is not a line of a journal' };
    else if (!holds) this.#broken = { line: number, carried: prev, found: this.#last };
    this.#ended ||= kind === 'end';
    if (number === 1) this.#day = /"business_day":"(\d{4}-\d\d-\d\d)"/.exec(text)?.[1];
    this.#last = sha256(line);
  }

  verdict(kept: string | undefined, damage: string | undefined): JournalVerdict {
    const [lines, last, day] = [this.#lines, this.#last, this.#day];
    const lastDiffers = kept !== undefined && kept !== last;
    let fault = this.#fault;
    if (fault === undefined && this.#broken !== undefined) fault = accused(this.#broken, lastDiffers);
    if (fault === undefined && damage !== undefined)
      fault = { line: lines + 1, reason: `it cannot be read, or one after it: ${damage}` };
    if (fault === undefined && !this.#ended)
      fault = { line: lines + 1, reason: 'it is not there: the file ends too soon' };
    if (fault === undefined && lastDiffers) {
      fault = { line: lines, reason: `its SHA-256 is ${last}; the database has ${kept} for the last line` };
    }
    return { day, lines, last, fault };
  }
}
