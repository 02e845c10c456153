import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Clock, Timer } from '../../ops/clock.ts';
import { HsmError } from '../errors.ts';
import { encodeMessage, MessageReader, type Field, type Message } from './frame.ts';
import { reasonOf } from '../../ops/errors.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionSettings {
  readonly tls: ConnectionOptions | undefined;
  readonly headerChars: number;
  /** For a connection to be made, and for a command to be answered. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

interface Pending {
  readonly command: string;
  readonly done: (answer: Message) => void;
  readonly fail: (error: HsmError) => void;
  readonly timer: Timer;
}

/** One connection to the HSM. Commands go out as they come; answers may come in any order: the header, which the HSM
 *  returns unchanged, says to which command. A connection that timed out is closed: nobody knows what it still holds. */
export class Connection {
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #pending = new Map<string, Pending>();
  #next = 0;
  #closed = false;
  /** Called once, when the connection is no more. */
  onClosed: () => void = () => undefined;

  private constructor(socket: Socket, settings: ConnectionSettings) {
    this.#socket = socket;
    this.#settings = settings;
    const reader = new MessageReader(settings.headerChars);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) this.#answered(message);
      } catch {
        this.#lost('sent something that is not an answer');
      }
    });
    socket.on('error', (error) => {
      this.#lost(`failed: ${error.message}`);
    });
    socket.on('close', () => {
      this.#lost('was closed by the HSM');
    });
  }

  /** @throws HsmError `hsm.unavailable` */
  static open(endpoint: Endpoint, settings: ConnectionSettings): Promise<Connection> {
    const { host, port } = endpoint;
    const { clock, timeoutMs } = settings;
    return new Promise((done, fail) => {
      const socket =
        settings.tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, ...settings.tls });
      const failed = (why: string): void => {
        socket.on('error', () => undefined); // whatever still comes of it concerns nobody
        socket.destroy();
        fail(new HsmError('hsm.unavailable', `The HSM at ${host}:${port} cannot be reached: ${why}.`));
      };
      const timer = clock.after(timeoutMs, () => {
        failed('no connection in time');
      });
      const refused = (error: Error): void => {
        clock.cancel(timer);
        failed(reasonOf(error));
      };
      socket.once('error', refused);
      socket.once(settings.tls === undefined ? 'connect' : 'secureConnect', () => {
        clock.cancel(timer);
        socket.off('error', refused);
        socket.setNoDelay(true);
        socket.setKeepAlive(true, 30_000);
        done(new Connection(socket, settings));
      });
    });
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  /** Sends a command and waits for its answer.
   *  @throws HsmError `hsm.timeout`; `hsm.unavailable` when the connection was lost meanwhile */
  send(command: string, fields: readonly Field[]): Promise<Message> {
    const header = this.#freeHeader();
    const message = encodeMessage(header, command, fields);
    const { clock, timeoutMs } = this.#settings;
    return new Promise((done, fail) => {
      const timer = clock.after(timeoutMs, () => {
        this.#pending.delete(header);
        fail(new HsmError('hsm.timeout', `The HSM did not answer ${command} in ${timeoutMs} ms.`));
        this.#lost('did not answer in time');
      });
      this.#pending.set(header, { command, done, fail, timer });
      this.#socket.write(message);
    });
  }

  #freeHeader(): string {
    const digits = this.#settings.headerChars;
    const count = 16 ** Math.min(digits, 8);
    for (;;) {
      this.#next = (this.#next + 1) % count;
      const header = this.#next.toString(16).toUpperCase().padStart(digits, '0');
      if (!this.#pending.has(header)) return header;
    }
  }

  #answered(message: Message): void {
    const pending = this.#pending.get(message.header);
    if (pending === undefined) return; // an answer that was given up
    this.#pending.delete(message.header);
    this.#settings.clock.cancel(pending.timer);
    pending.done(message);
  }

  #lost(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    for (const { command, fail, timer } of this.#pending.values()) {
      this.#settings.clock.cancel(timer);
      fail(new HsmError('hsm.unavailable', `The connection to the HSM ${why} before it answered ${command}.`));
    }
    this.#pending.clear();
    this.onClosed();
  }

  close(): void {
    this.#lost('was closed');
  }
}
