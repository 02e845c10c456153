import type { Entry } from '../../codec/index.ts';
import type { MoneyUnit } from '../../field/money-unit.ts';
import type { BlockWidths } from '../language/schema.ts';
import type { RequestValue } from '../language/values.ts';
import { parseBlocks } from './blocks.ts';
import { textOfHex } from './ground.ts';

/** What of a message values are read out of; a frame that does not decode is one too, of what could be saved. */
export interface Readable {
  readonly mti: string;
  get(de: number): string | undefined;
  entries(de: number): readonly Entry[];
}

/** What the gateway knows of a request beside its bytes. */
export interface Arrival {
  readonly now: number;
  /** The terminal of the connection, and its shop. */
  readonly terminal: string;
  readonly merchant: string;
  /** The unit of money of the terminal's profile on a day; undefined: rials on all days. */
  readonly unitOn?: ((day: string) => MoneyUnit) | undefined;
}

export const NOWHERE: Arrival = { now: 0, terminal: '', merchant: '' };

const NO_ENTRIES: readonly Entry[] = [];

/** A message that is being read. What is inside an element is opened once, however many values stand in it. */
export class Source {
  readonly message: Readable;
  readonly arrival: Arrival;
  /** The first value that has not its form: where, and what is wrong. */
  fault: { readonly path: string; readonly reason: string } | undefined;
  #opened = 0;
  #entries = NO_ENTRIES;
  #cut = 0;
  #blocks: ReadonlyMap<string, string> | undefined;

  constructor(message: Readable, arrival: Arrival) {
    this.message = message;
    this.arrival = arrival;
  }

  fail(path: string, reason: string): string | undefined {
    this.fault ??= { path, reason };
    return undefined;
  }

  /** The value of a tag or subfield. */
  part(de: number, key: string, below: readonly string[]): string | undefined {
    if (this.#opened !== de) {
      this.#entries = this.message.entries(de);
      this.#opened = de;
    }
    let level: readonly Entry[] = this.#entries;
    let found = entryOf(level, key);
    for (const next of below) {
      level = found?.children ?? NO_ENTRIES;
      found = entryOf(level, next);
    }
    return found?.value;
  }

  /** The data of a block. @param bytes whether the codec gives the element in hexadecimal */
  block(de: number, code: string, widths: BlockWidths, bytes: boolean): string | undefined {
    if (this.#cut !== de) {
      this.#cut = de;
      const value = this.message.get(de);
      const text = value === undefined || !bytes ? value : textOfHex(value);
      this.#blocks = text === undefined ? undefined : parseBlocks(text, widths);
      if (text !== undefined && this.#blocks === undefined) this.fail(String(de), 'not blocks of function codes');
    }
    return this.#blocks?.get(code);
  }
}

function entryOf(entries: readonly Entry[], key: string): Entry | undefined {
  for (const entry of entries) if (entry.key === key) return entry;
  return undefined;
}

/** Reads one value of a message: text, or undefined where it is not there. */
export type Read = (s: Source) => string | undefined;

/** A value for each name that requests have. */
export type Reads = Readonly<Record<RequestValue, Read>>;
