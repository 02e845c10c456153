/** A message of PostgreSQL's protocol, whole: its type, and its bytes with type and length. */
export interface StoreMessage {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts a stream of messages, each a type and a length that counts itself. What is not whole yet waits. */
export class Cutter {
  #rest: Buffer = Buffer.alloc(0);
  /** The first message of a client has no type. */
  #started: boolean;

  constructor(started: boolean) {
    this.#started = started;
  }

  push(chunk: Uint8Array): StoreMessage[] {
    let bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const messages: StoreMessage[] = [];
    for (;;) {
      const head = this.#started ? 1 : 0;
      if (bytes.length < head + 4) break;
      const length = head + bytes.readInt32BE(head);
      if (bytes.length < length) break;
      const type = this.#started ? String.fromCharCode(bytes[0] ?? 0) : 'start';
      messages.push({ type, bytes: bytes.subarray(0, length) });
      bytes = bytes.subarray(length);
      this.#started = true;
    }
    this.#rest = bytes;
    return messages;
  }
}

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

/** The text that begins at `from`, and where the next thing begins. */
export function textAt(bytes: Buffer, from: number): readonly [value: string, next: number] {
  const end = bytes.indexOf(0, from);
  return [bytes.toString('utf8', from, end), end + 1];
}

/** A simple query. */
export function query(sql: string): Buffer {
  return message('Q', text(sql));
}

/** AuthenticationOk, what a client wants to know of the server, and that it may begin. */
export function welcome(): Buffer {
  const parameter = (name: string, value: string): Buffer => message('S', Buffer.concat([text(name), text(value)]));
  return Buffer.concat([
    message('R', Buffer.alloc(4)),
    parameter('server_version', '18.0'),
    parameter('client_encoding', 'UTF8'),
    parameter('standard_conforming_strings', 'on'),
    message('K', Buffer.alloc(8)),
    message('Z', Buffer.from('I')),
  ]);
}

/** Gives a named statement another name, so that two sessions on one connection can have one of the same name each. */
export function renamed({ type, bytes }: StoreMessage, prefix: string): Buffer {
  const rename = (from: number): Buffer => {
    const [name, next] = textAt(bytes, from);
    if (name === '') return bytes;
    return message(type, Buffer.concat([bytes.subarray(5, from), text(prefix + name), bytes.subarray(next)]));
  };
  switch (type) {
    case 'P':
      return rename(5);
    case 'B':
      return rename(textAt(bytes, 5)[1]); // after the name of the portal
    case 'C':
    case 'D':
      return bytes[5] === 0x53 ? rename(6) : bytes; // S: a statement
    default:
      return bytes;
  }
}
