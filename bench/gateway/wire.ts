import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import type { Endpoint } from '../../src/simulators/terminal/connection.ts';

/** A terminal's connection that only moves bytes: one request is out at a time, its answer is kept undecoded. */
export class Wire {
  readonly #socket: TLSSocket;
  #rest: Buffer = Buffer.alloc(0);
  #answered: ((body: Buffer) => void) | undefined;
  onClosed: (() => void) | undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => this.onClosed?.());
  }

  static async open({ host, port, tls }: Endpoint): Promise<Wire> {
    const pem = { ca: readFileSync(tls.ca), cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
    const socket = connect({ host, port, ...pem, servername: 'localhost' });
    await new Promise<void>((done, fail) => {
      socket.once('secureConnect', done);
      socket.once('error', fail);
    });
    return new Wire(socket);
  }

  /** @param frame with its length header */
  send(frame: Buffer, answered: (body: Buffer) => void): void {
    this.#answered = answered;
    this.#socket.write(frame);
  }

  close(): void {
    this.onClosed = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const length = bytes.length < 2 ? Infinity : bytes.readUInt16BE(0);
    if (bytes.length < 2 + length) {
      this.#rest = bytes;
      return;
    }
    this.#rest = Buffer.alloc(0);
    this.#answered?.(Buffer.from(bytes.subarray(2, 2 + length)));
  }
}
