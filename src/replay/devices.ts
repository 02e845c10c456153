import type { Codec, Message } from '../codec/index.ts';
import { systemClock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { PlayedConnection, type Target } from './connection.ts';
import { keysOf, type TerminalKeys } from './keys.ts';

/** What waits for an answer on a connection. */
export interface Waiting {
  /** What the answer is known by: class of the MTI, and DE 11. */
  readonly mtiClass: string;
  readonly stan: string;
  readonly settle: (answer: Message | undefined) => void;
}

interface Line {
  readonly connection: PlayedConnection;
  readonly terminal: string;
  readonly waiting: Waiting[];
}

/** The connections of a replay, by their name in the capture, and the session keys of its terminals. */
export class Devices {
  readonly #target: Target;
  readonly #codec: Codec;
  readonly #lines = new Map<string, Promise<Line>>();
  readonly #keys = new Map<string, TerminalKeys>();
  /** Told of what came and was not waited for. */
  readonly #note: (text: string) => void;

  constructor(target: Target, codec: Codec, note: (text: string) => void) {
    this.#target = target;
    this.#codec = codec;
    this.#note = note;
  }

  keys(terminal: string): TerminalKeys | undefined {
    return this.#keys.get(terminal);
  }

  /** The keys of an answer, if it brings some. */
  learnKeys(terminal: string, answer: Message): void {
    const keys = keysOf(terminal, answer);
    if (keys !== undefined) this.#keys.set(terminal, keys);
  }

  /** A connection that shows `terminal`'s certificate; opened anew when the gateway has closed the last one.
   *  @throws GatewayError `replay.connect`, `replay.certificate` */
  async line(name: string, terminal: string): Promise<Line> {
    const known = await this.#lines.get(name);
    if (known?.connection.open === true) return known;
    const opening = this.#open(name, terminal);
    this.#lines.set(name, opening);
    return opening;
  }

  async #open(name: string, terminal: string): Promise<Line> {
    const line: Line = { connection: await PlayedConnection.open(this.#target, terminal), terminal, waiting: [] };
    line.connection.onMessage = (body) => {
      this.#take(name, line, body);
    };
    line.connection.onClose = () => {
      for (const waiting of line.waiting.splice(0)) waiting.settle(undefined);
    };
    return line;
  }

  #take(name: string, line: Line, body: Buffer): void {
    let message: Message;
    try {
      message = this.#codec.decode(body);
    } catch {
      this.#note(`${name}: the gateway sent ${body.length} bytes that do not decode`);
      return;
    }
    const at = line.waiting.findIndex(
      ({ mtiClass, stan }) => message.mti.startsWith(mtiClass) && message.get(11) === stan,
    );
    const [waiting] = at < 0 ? [] : line.waiting.splice(at, 1);
    if (waiting === undefined)
      this.#note(`${name}: ${message.mti} with STAN ${message.get(11) ?? '-'} answers nothing`);
    else waiting.settle(message);
  }

  /** Sends a message and waits for its answer.
   *  @returns undefined when none came in time, or the connection closed */
  async exchange(
    line: Line,
    body: Buffer,
    waiting: Omit<Waiting, 'settle'>,
    timeoutMs: number,
  ): Promise<Message | undefined> {
    if (!line.connection.open) return undefined;
    return new Promise((done) => {
      const settle = (answer: Message | undefined): void => {
        systemClock.cancel(timer);
        const at = line.waiting.indexOf(own);
        if (at >= 0) line.waiting.splice(at, 1);
        done(answer);
      };
      const timer = systemClock.after(timeoutMs, () => {
        settle(undefined);
      });
      const own: Waiting = { ...waiting, settle };
      line.waiting.push(own);
      line.connection.send(body);
    });
  }

  /** Signs a terminal on that the capture shows with keys already.
   *  @throws GatewayError `replay.keys` */
  async signOn(
    name: string,
    terminal: string,
    networkFields: () => Record<string, string>,
    timeoutMs: number,
  ): Promise<void> {
    for (const code of ['001', '101']) {
      const line = await this.line(name, terminal);
      const fields: Record<string, string> = { ...networkFields(), '41': terminal, '70': code };
      const body = this.#codec.encode({ mti: '0800', fields });
      const answer = await this.exchange(line, body, { mtiClass: '08', stan: fields['11'] ?? '' }, timeoutMs);
      if (answer !== undefined) this.learnKeys(terminal, answer);
    }
    if (this.keys(terminal) === undefined)
      throw new GatewayError(
        'replay.keys',
        `Terminal ${terminal} gets no keys from ${this.#target.host}:${this.#target.port}.`,
      );
  }

  async close(): Promise<void> {
    for (const opening of this.#lines.values()) (await opening.catch(() => undefined))?.connection.destroy();
  }
}
