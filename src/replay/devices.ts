import type { Codec, Message } from '../codec/index.ts';
import { tehran } from '../ops/clock.ts';
import { systemClock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { PlayedConnection, type Target } from './connection.ts';
import { keysOf, type TerminalKeys } from './keys.ts';
import type { Tongue, Tongues } from './tongues.ts';

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
  readonly codec: Codec;
  readonly waiting: Waiting[];
}

/** The connections of a replay, by their name in the capture, and the session keys of its terminals. */
export class Devices {
  readonly #target: Target;
  readonly #tongues: Tongues;
  readonly #lines = new Map<string, Promise<Line>>();
  readonly #keys = new Map<string, TerminalKeys>();
  /** Told of what came and was not waited for. */
  readonly #note: (text: string) => void;

  constructor(target: Target, tongues: Tongues, note: (text: string) => void) {
    this.#target = target;
    this.#tongues = tongues;
    this.#note = note;
  }

  keys(terminal: string): TerminalKeys | undefined {
    return this.#keys.get(terminal);
  }

  /** The keys of an answer, if it brings some. */
  learnKeys({ anatomy }: Tongue, terminal: string, request: Message | undefined, answer: Message): void {
    const keys = keysOf(terminal, anatomy.answer(request, answer));
    if (keys !== undefined) this.#keys.set(terminal, keys);
  }

  /** A connection that shows `terminal`'s certificate; opened anew when the gateway has closed the last one.
   *  @throws GatewayError `replay.connect`, `replay.certificate` */
  async line(name: string, terminal: string, dialect: string): Promise<Line> {
    const known = await this.#lines.get(name);
    if (known?.connection.open === true) return known;
    const opening = this.#open(name, terminal, this.#tongues.of(dialect).anatomy.codec);
    this.#lines.set(name, opening);
    return opening;
  }

  async #open(name: string, terminal: string, codec: Codec): Promise<Line> {
    const line: Line = {
      connection: await PlayedConnection.open(this.#target, terminal),
      terminal,
      codec,
      waiting: [],
    };
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
      message = line.codec.decode(body);
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
    dialect: string,
    networkFields: () => Record<string, string>,
    timeoutMs: number,
  ): Promise<void> {
    const tongue = this.#tongues.of(dialect);
    for (const code of ['001', '101']) {
      const line = await this.line(name, terminal, dialect);
      const request = this.#networkRequest(tongue, { ...networkFields(), '41': terminal, '70': code });
      const waiting = { mtiClass: '08', stan: request.get(11) ?? '' };
      const answer = await this.exchange(line, request.encode(), waiting, timeoutMs);
      if (answer !== undefined) this.learnKeys(tongue, terminal, request, answer);
    }
    if (this.keys(terminal) === undefined)
      throw new GatewayError(
        'replay.keys',
        `Terminal ${terminal} gets no keys from ${this.#target.host}:${this.#target.port}.`,
      );
  }

  /** A message of the contract in the words of the terminal. */
  #networkRequest({ anatomy, speaker }: Tongue, fields: Record<string, string>): Message {
    const { codec } = anatomy;
    if (speaker === undefined) return codec.decode(codec.encode({ mti: '0800', fields }));
    const now = systemClock.now();
    const { time, date } = tehran(now);
    const contract = this.#tongues.of('kalabarg-pos').anatomy.codec;
    const thought = contract.encode({ mti: '0800', fields: { ...fields, '12': time, '13': date } });
    return codec.decode(codec.encode(speaker.say(contract.decode(thought), now)));
  }

  async close(): Promise<void> {
    for (const opening of this.#lines.values()) (await opening.catch(() => undefined))?.connection.destroy();
  }
}
