import { closeSync, fdatasync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError, fileFault } from '../../ops/errors.ts';

/** One thing that happened at the issuer. Amounts are rials as decimal text; the PAN is masked. */
export interface Entry {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: 'purchase' | 'refund' | 'inquiry' | 'pin-check' | 'reversal' | 'advice' | 'adjustment';
  readonly mti: string;
  readonly processingCode: string;
  /** Household number of the account; 0: no account of ours. */
  readonly account: number;
  readonly maskedPan: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly stan: string;
  /** DE 7. */
  readonly transmission: string;
  /** DE 13 and DE 12, MMDDhhmmss. */
  readonly localDateTime: string;
  readonly rrn: string;
  /** DE 39 of the answer. */
  readonly rc: string;
  readonly authCode: string;
  readonly amountRials: string;
  readonly voucherRials: string;
  /** By how much the balance changed. */
  readonly movedRials: string;
  readonly pin: 'good' | 'wrong' | 'none';
  /** Identity of the original, of a reversal or advice: terminal|STAN|DE 7. */
  readonly original: string;
}

/** An append-only file of JSON lines. Lines that come together share one fsync; none is answered before it.
 *  A torn last line (kill -9 while writing) was never answered, and is cut off when the file is opened. */
export class Journal {
  readonly #file: number | undefined;
  readonly #entries: Entry[] = [];
  #waiting: string[] = [];
  #flushed: Promise<void> | undefined;

  /** @param file undefined: kept in memory only
   *  @throws GatewayError `bank.journal` when it cannot be opened, or a line other than the last is not JSON */
  constructor(file: string | undefined) {
    if (file === undefined) return;
    const { descriptor, text } = opened(file);
    this.#file = descriptor;
    const whole = text.lastIndexOf(0x0a) + 1;
    if (whole < text.length) ftruncateSync(descriptor, whole);
    const lines = text.subarray(0, whole).toString('utf8').split('\n').slice(0, -1);
    for (const [index, line] of lines.entries()) this.#entries.push(parse(line, file, index + 1));
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#file !== undefined) this.#waiting.push(JSON.stringify(entry) + '\n');
  }

  /** Resolves when everything appended so far is on disk. */
  flush(): Promise<void> {
    if (this.#file === undefined || this.#waiting.length === 0) return this.#flushed ?? Promise.resolve();
    const before = this.#flushed ?? Promise.resolve();
    const mine = before.then(() => this.#write());
    this.#flushed = mine;
    return mine;
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #write(): Promise<void> {
    const file = this.#file;
    if (file === undefined || this.#waiting.length === 0) return Promise.resolve(); // an earlier flush took it along
    writeSync(file, this.#waiting.join(''));
    this.#waiting = [];
    return new Promise((done, fail) => {
      fdatasync(file, (error) => {
        if (error === null) done();
        else fail(error);
      });
    });
  }
}

function opened(file: string): { readonly descriptor: number; readonly text: Buffer } {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return { descriptor: openSync(file, 'a+', 0o600), text: readFileSync(file) };
  } catch (cause) {
    throw new GatewayError('bank.journal', fileFault(file, 'opened', cause), { cause });
  }
}

/** The journal of a simulator that may be running: nothing is changed, and a line that is being written is left out.
 *  @throws GatewayError `bank.journal` */
export function readJournal(file: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('bank.journal', fileFault(file, 'read', cause), { cause });
  }
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => parse(line, file, index + 1));
}

function parse(line: string, file: string, number: number): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (cause) {
    throw new GatewayError('bank.journal', `${file}:${number} is not JSON: the journal is damaged`, { cause });
  }
}
