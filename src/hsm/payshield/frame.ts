import { HsmError } from '../errors.ts';

/** Host commands over TCP: a 2-byte length, a header of a fixed number of characters that comes back unchanged, a
 *  two-character command or response code, fields. Source: payShield host programmer's manual, "host commands over Ethernet". */

const LENGTH_BYTES = 2;
const CODE_CHARS = 2;
/** The HSM's own limit is 32 KiB a message. */
const MAX_MESSAGE = 32_768;

/** A field of a command: text, or bytes as they are. */
export type Field = string | Buffer;

export function encodeMessage(header: string, code: string, fields: readonly Field[]): Buffer {
  const parts = [Buffer.from(header + code, 'latin1'), ...fields.map(bytesOf)];
  const body = Buffer.concat(parts);
  if (body.length > MAX_MESSAGE) {
    throw new HsmError(
      'data.length',
      `A host command has ${MAX_MESSAGE} bytes at most; ${code} would have ${body.length}.`,
    );
  }
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(body.length);
  return Buffer.concat([length, body]);
}

function bytesOf(field: Field): Buffer {
  return typeof field === 'string' ? Buffer.from(field, 'latin1') : field;
}

export interface Message {
  readonly header: string;
  readonly code: string;
  readonly body: Buffer;
}

/** Cuts a stream into messages. Feed it what a socket gives. */
export class MessageReader {
  readonly #headerChars: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(headerChars: number) {
    this.#headerChars = headerChars;
  }

  /** @throws HsmError `hsm.device` for what is no message: close the connection */
  push(chunk: Buffer): Message[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Message[] = [];
    while (this.#rest.length >= LENGTH_BYTES) {
      const length = this.#rest.readUInt16BE(0);
      if (length < this.#headerChars + CODE_CHARS || length > MAX_MESSAGE) {
        throw new HsmError(
          'hsm.device',
          `A message of ${length} bytes came from the other side: no message has this length.`,
        );
      }
      if (this.#rest.length < LENGTH_BYTES + length) break;
      messages.push(this.#message(this.#rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
      this.#rest = this.#rest.subarray(LENGTH_BYTES + length);
    }
    return messages;
  }

  #message(bytes: Buffer): Message {
    const at = this.#headerChars;
    return {
      header: bytes.toString('latin1', 0, at),
      code: bytes.toString('latin1', at, at + CODE_CHARS),
      body: bytes.subarray(at + CODE_CHARS),
    };
  }
}

/** Reads the fields of a message in order. */
export class FieldReader {
  readonly #body: Buffer;
  readonly #fail: (what: string) => Error;
  #at = 0;

  /** @param fail makes the error for a body that is too short or not what it should be */
  constructor(body: Buffer, fail: (what: string) => Error) {
    this.#body = body;
    this.#fail = fail;
  }

  bytes(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#body.length) throw this.#fail(`at offset ${this.#at}: ${count} more bytes were expected`);
    const taken = this.#body.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  text(count: number): string {
    return this.bytes(count).toString('latin1');
  }

  /** `count` characters that all match. */
  matching(count: number, pattern: RegExp, what: string): string {
    const at = this.#at;
    const text = this.text(count);
    if (!pattern.test(text)) throw this.#fail(`at offset ${at}: ${what} was expected`);
    return text;
  }

  digits(count: number): string {
    return this.matching(count, /^\d+$/, 'a number');
  }

  /** `count` bytes, as twice as many hexadecimal digits. */
  hex(count: number): Buffer {
    return Buffer.from(this.matching(2 * count, /^[0-9A-Fa-f]*$/, 'hexadecimal'), 'hex');
  }

  /** The next character, without taking it; empty at the end. */
  peek(): string {
    return this.#body.toString('latin1', this.#at, this.#at + 1);
  }

  get left(): number {
    return this.#body.length - this.#at;
  }

  /** A key as host commands carry it: a scheme letter with 32 or 48 digits, or `S`/`R` and a key block that tells its length. */
  key(): string {
    const scheme = this.text(1);
    if (scheme === 'U' || scheme === 'X') return scheme + this.matching(32, /^[0-9A-Fa-f]+$/, 'a double-length key');
    if (scheme === 'T' || scheme === 'Y') return scheme + this.matching(48, /^[0-9A-Fa-f]+$/, 'a triple-length key');
    if (scheme !== 'S' && scheme !== 'R') throw this.#fail(`at offset ${this.#at - 1}: a key scheme was expected`);
    const head = this.text(5);
    const length = Number(head.slice(1));
    if (!/^\d{4}$/.test(head.slice(1)) || length < 16) throw this.#fail('a key block tells no length');
    return scheme + head + this.text(length - head.length);
  }
}
