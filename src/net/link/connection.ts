import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder, type Message } from '../../codec/index.ts';
import { answerMti } from '../../field/mti.ts';
import { transmissionDateTime } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import { Answers } from './answers.ts';
import type { Identity } from './matching.ts';
import { seal } from './seal.ts';
import { KeyRing } from './session-keys.ts';
import type { Shared, Waiting } from './shared.ts';
import type { Exchange, Fields } from './types.ts';

const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;
/** A bank that does not read is cut off rather than buffered for. */
const MAX_UNREAD_BYTES = 1_048_576;

/** One TCP or TLS connection to the bank: frames out and in, and the requests that wait here for their answers. What an answer
 *  says is in answers.ts; signing on, keys and echoes are in signon.ts. */
export class Connection {
  readonly endpoint: string;
  /** Resolves with the reason when the connection has ended. */
  readonly closed: Promise<string>;
  readonly keys: KeyRing;
  readonly #socket: Socket;
  readonly #shared: Shared;
  /** Names the connection in recordings. */
  readonly #name: string;
  readonly #frames = new FrameDecoder(FRAMING);
  readonly #mine = new Map<Identity, Waiting>();
  readonly #answers: Answers;
  #reserved = 0;
  #signedOn = false;
  #why = 'closed by the bank';
  lastHeardAt: number;
  /** What the bank asks of us (0800): set by signon.ts. */
  onRequest: (message: Message) => void = () => undefined;

  constructor(socket: Socket, endpoint: string, shared: Shared) {
    this.endpoint = endpoint;
    this.#socket = socket;
    this.#shared = shared;
    this.#name = `${endpoint}#${socket.localPort ?? 0}`;
    this.keys = new KeyRing(shared);
    this.#answers = new Answers(endpoint, shared, this.keys);
    this.lastHeardAt = shared.clock.now();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', (error) => {
      this.#why = error.message;
    });
    this.closed = new Promise((done) => {
      socket.once('close', () => {
        this.#signedOn = false;
        for (const [identity, waiting] of [...this.#mine]) this.#abandon(identity, waiting);
        done(this.#why);
      });
    });
  }

  get ready(): boolean {
    return this.#signedOn && this.#socket.writable && this.#socket.writableLength < MAX_UNREAD_BYTES;
  }

  get signedOn(): boolean {
    return this.#signedOn;
  }

  set signedOn(value: boolean) {
    this.#signedOn = value;
  }

  /** Requests that are being sealed, or wait for their answer here. */
  get inFlight(): number {
    return this.#reserved + this.#mine.size;
  }

  /** Keeps a place in the window while `work` seals the request that will take it. */
  async reserve<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#reserved++;
    try {
      return await work();
    } finally {
      this.#reserved--;
    }
  }

  seal(mti: string, fields: Fields, mac = true): Promise<Buffer> {
    const { codec, hsm } = this.#shared;
    return seal(codec, hsm, mac ? this.keys.current?.zak : undefined, mti, fields);
  }

  /** Writes a sealed request and waits for its answer. Call only while the socket is writable.
   *  @returns undefined when a request of the same identity is waiting already: nothing was written */
  exchange(identity: Identity, bytes: Buffer, waitMs: number): Promise<Exchange | undefined> {
    const { clock, matching } = this.#shared;
    return new Promise((done) => {
      const timer = clock.after(waitMs, () => {
        matching.giveUp(identity);
        waiting.settle({ kind: 'timeout' });
      });
      const waiting: Waiting = {
        claim: () => {
          clock.cancel(timer);
          this.#mine.delete(identity);
        },
        settle: (exchange) => {
          waiting.claim();
          done(exchange);
        },
      };
      if (!matching.add(identity, waiting)) {
        clock.cancel(timer);
        done(undefined);
        return;
      }
      this.#mine.set(identity, waiting);
      this.write(bytes);
    });
  }

  /** A network message (0800) and its answer; undefined: none came. Network messages have no DE 41. */
  async network(code: string, fields: Fields = {}, mac = true): Promise<Exchange> {
    const { clock, timeoutMs, nextNetworkStan } = this.#shared;
    const identity = {
      answerMti: '0810',
      stan: nextNetworkStan(),
      transmission: transmissionDateTime(clock.now()),
      terminal: '',
    };
    const own = { 7: identity.transmission, 11: identity.stan, 70: code };
    const bytes = await this.seal('0800', { ...own, ...fields }, mac);
    if (!this.#socket.writable) return { kind: 'lost', why: this.#why };
    return (await this.exchange(identity, bytes, timeoutMs)) ?? { kind: 'timeout' };
  }

  write(body: Buffer): void {
    if (!this.#socket.writable) return;
    this.#shared.tap?.('gateway', body, this.#name);
    this.#socket.write(encodeFrame(body, FRAMING));
  }

  end(): void {
    this.#socket.end();
  }

  destroy(why: string): void {
    if (!this.#socket.destroyed) this.#why = why;
    this.#socket.destroy();
  }

  #abandon(identity: Identity, waiting: Waiting): void {
    this.#shared.matching.giveUp(identity);
    waiting.settle({ kind: 'lost', why: this.#why });
  }

  #take(chunk: Buffer): void {
    let frames: ReturnType<FrameDecoder['push']>;
    try {
      frames = this.#frames.push(chunk);
    } catch (error) {
      this.destroy(messageOf(error));
      return;
    }
    for (const frame of frames) {
      this.lastHeardAt = this.#shared.clock.now();
      if (frame.keepAlive) this.write(Buffer.alloc(0));
      else {
        this.#shared.tap?.('bank', frame.body, this.#name);
        this.#answers.receive(frame.body, this.onRequest);
      }
    }
  }
}

/** The identity an answer to this request will carry. */
export function identityOf(mti: string, fields: Fields): Identity {
  const text = (de: string): string => {
    const value = fields[de];
    return typeof value === 'string' ? value : '';
  };
  return { answerMti: answerMti(mti), stan: text('11'), transmission: text('7'), terminal: text('41') };
}
