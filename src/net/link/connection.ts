import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder, type Codec, type Message, type OddElement } from '../../codec/index.ts';
import type { Hsm, KeyRef } from '../../hsm/hsm.ts';
import { transmissionDateTime, type Clock } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { answerMti, type Identity, type Matching } from './matching.ts';
import { checkMac, seal, type MacVerdict } from './seal.ts';
import type { Exchange, Fields, FrameTap, LinkEvent } from './types.ts';

/** What every connection of a link shares. */
export interface Shared {
  readonly codec: Codec;
  readonly hsm: Hsm;
  readonly zmk: KeyRef;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs: number;
  readonly echoMs: number;
  readonly rekeyMs: number;
  readonly matching: Matching<Waiting>;
  readonly nextNetworkStan: () => string;
  readonly event: (event: LinkEvent) => void;
  readonly tap: FrameTap | undefined;
}

/** A request that waits. `claim` stops its timer while its answer is checked. */
export interface Waiting {
  readonly claim: () => void;
  readonly settle: (exchange: Exchange) => void;
}

/** A message, and what of it was passed over. */
interface Read {
  readonly message: Message;
  readonly odd: readonly OddElement[];
}

const NOTHING_ODD: readonly OddElement[] = [];

export interface SessionKeys {
  readonly zpk: KeyRef;
  readonly zak: KeyRef;
}

const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;
/** The pair before is honoured this long for what is in flight (as wire.md 8 has it for terminals). */
const PREVIOUS_KEYS_MS = 60_000;
/** What an answer is matched by and judged by: never passed over (docs/decisions/0018). DE 2 is, because banks mask it; who judges
 *  the answer looks at what it shows. */
const NEEDED: ReadonlySet<number> = new Set([3, 4, 7, 11, 37, 39, 41, 49, 64, 70, 128]);
const NAMING = [7, 11, 41] as const;
/** A bank that does not read is cut off rather than buffered for. */
const MAX_UNREAD_BYTES = 1_048_576;

/** One TCP or TLS connection to the bank: frames, MACs, requests out and answers in. Signing on, keys and echoes are in
 *  signon.ts. */
export class Connection {
  readonly endpoint: string;
  /** Resolves with the reason when the connection has ended. */
  readonly closed: Promise<string>;
  readonly #socket: Socket;
  readonly #shared: Shared;
  /** Names the connection in recordings. */
  readonly #name: string;
  readonly #frames = new FrameDecoder(FRAMING);
  readonly #mine = new Map<Identity, Waiting>();
  /** Elements that were odd once. */
  readonly #odd = new Set<number>();
  #keys: SessionKeys | undefined;
  #renewing: Promise<void> | undefined;
  #previous: { readonly zak: KeyRef; readonly until: number } | undefined;
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

  get keys(): SessionKeys | undefined {
    return this.#keys;
  }

  /** Takes new session keys. The old ZAK stays good for answers that are on their way; an answer under the new one that
   *  overtakes their import waits for it. */
  async renewKeys(take: () => Promise<SessionKeys>): Promise<void> {
    this.#renewing = this.#replaceKeys(take);
    try {
      await this.#renewing;
    } finally {
      this.#renewing = undefined;
    }
  }

  async #replaceKeys(take: () => Promise<SessionKeys>): Promise<void> {
    const keys = await take();
    if (this.#keys !== undefined) {
      this.#previous = { zak: this.#keys.zak, until: this.#shared.clock.now() + PREVIOUS_KEYS_MS };
    }
    this.#keys = keys;
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
    return seal(codec, hsm, mac ? this.#keys?.zak : undefined, mti, fields);
  }

  /** Writes a sealed request and waits for its answer. Call only while the socket is writable.
   *  @returns undefined when a request of the same identity is waiting already: nothing was written */
  exchange(identity: Identity, bytes: Buffer, waitMs: number): Promise<Exchange | undefined> {
    const { matching } = this.#shared;
    return new Promise((done) => {
      const timer = setTimeout(() => {
        matching.giveUp(identity);
        waiting.settle({ kind: 'timeout' });
      }, waitMs);
      const waiting: Waiting = {
        claim: () => {
          clearTimeout(timer);
          this.#mine.delete(identity);
        },
        settle: (exchange) => {
          waiting.claim();
          done(exchange);
        },
      };
      if (!matching.add(identity, waiting)) {
        clearTimeout(timer);
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
        this.#receive(frame.body);
      }
    }
  }

  #receive(body: Buffer): void {
    let read: Read;
    try {
      read = this.#read(body);
    } catch (error) {
      this.#explain('undecodable', messageOf(error));
      this.#settleUnreadable(body, messageOf(error));
      return;
    }
    for (const { de, fault } of read.odd) this.#noteOdd(read.message.mti, de, fault.reason);
    // Only requests are answered: answering an answer never ends.
    if (Number(read.message.mti[2]) % 2 === 0) this.onRequest(read.message);
    else void this.#match(read, body);
  }

  /** A sound message, else what is sound of it. @throws CodecError */
  #read(body: Buffer): Read {
    const { codec } = this.#shared;
    try {
      return { message: codec.decode(body), odd: NOTHING_ODD };
    } catch {
      return codec.tolerate(body, NEEDED); // it throws for what is wrong with the whole
    }
  }

  /** Each element is logged once a connection: a bank that is odd is odd in every answer. */
  #noteOdd(mti: string, de: number, reason: string): void {
    this.#shared.event({ kind: 'odd-element', de });
    if (this.#odd.has(de)) return;
    this.#odd.add(de);
    this.#shared.log.warn({ endpoint: this.endpoint, mti, de, reason }, 'an odd element of the bank is passed over');
  }

  /** An answer that cannot be read ends its request at once, if it says whose it is: nothing better will come. */
  #settleUnreadable(body: Buffer, why: string): void {
    const salvaged = this.#shared.codec.salvage(body, NAMING);
    if (salvaged === undefined || Number(salvaged.mti[2]) % 2 === 0) return;
    const { 11: stan = '', 7: transmission = '', 41: terminal = '' } = salvaged.fields;
    const match = this.#shared.matching.take({ answerMti: salvaged.mti, stan, transmission, terminal });
    if (match.kind !== 'matched') return;
    match.value.claim();
    match.value.settle({ kind: 'unreadable', why: `the answer cannot be read: ${why}` });
  }

  async #match({ message, odd }: Read, body: Buffer): Promise<void> {
    const identity = {
      answerMti: message.mti,
      stan: message.get(11) ?? '',
      transmission: message.get(7) ?? '',
      terminal: message.get(41) ?? '',
    };
    const match = this.#shared.matching.take(identity);
    const named = `${message.mti} STAN ${identity.stan} terminal ${identity.terminal} RC ${message.get(39) ?? '-'}`;
    switch (match.kind) {
      case 'matched': {
        match.value.claim();
        const exchange = await this.#verified(message, body);
        match.value.settle(exchange.kind === 'answer' && odd.length > 0 ? { odd, ...exchange } : exchange);
        return;
      }
      case 'late': {
        const lateMs = this.#shared.clock.now() - match.gaveUpAt;
        this.#explain('late', `${named}: ${lateMs} ms after it was given up; ${afterwards(message.mti)}`);
        return;
      }
      case 'duplicate':
        this.#explain('duplicate', `${named}: answered before`);
        return;
      case 'unmatched':
        this.#explain(
          'unmatched',
          `${named}: ${match.near?.explanation ?? 'nothing near it is known'}`,
          match.near?.but,
        );
    }
  }

  /** Financial answers must carry a good MAC; a network answer moves no money and may carry none. */
  async #verified(message: Message, body: Buffer): Promise<Exchange> {
    const network = message.mti.startsWith('08');
    // Before keys exist there is nothing to check; the answer that brings keys is checked by who takes them.
    if (this.#keys === undefined || (network && message.get(70) === '101')) return { kind: 'answer', message, body };
    try {
      let verdict = await this.#checkMac(message, body);
      if (verdict === 'wrong' && this.#renewing !== undefined) {
        await this.#renewing.catch(() => undefined); // its owner sees the failure
        verdict = await this.#checkMac(message, body);
      }
      if (verdict === 'good' || (network && verdict === 'absent')) return { kind: 'answer', message, body };
      return { kind: 'forged', why: `the answer's MAC is ${verdict}` };
    } catch (error) {
      return { kind: 'forged', why: `the answer's MAC cannot be checked: ${messageOf(error)}` };
    }
  }

  #checkMac(message: Message, body: Buffer): Promise<MacVerdict> {
    const { hsm, clock } = this.#shared;
    const previous = this.#previous !== undefined && this.#previous.until > clock.now() ? [this.#previous.zak] : [];
    return checkMac(hsm, this.#keys === undefined ? [] : [this.#keys.zak, ...previous], message, body);
  }

  #explain(kind: 'late' | 'duplicate' | 'unmatched' | 'undecodable', explanation: string, but?: string): void {
    this.#shared.log.warn({ endpoint: this.endpoint, kind, explanation }, 'an answer of the bank fits no request');
    this.#shared.event({ kind, explanation, ...(but === undefined ? {} : { but }) });
  }
}

/** What becomes of a request whose answer came too late. */
function afterwards(mti: string): string {
  if (mti.startsWith('08')) return 'its connection was closed';
  return mti.startsWith('04') || mti.startsWith('022') ? 'it is sent again' : 'its leg is reversed';
}

/** The identity an answer to this request will carry. */
export function identityOf(mti: string, fields: Fields): Identity {
  const text = (de: string): string => {
    const value = fields[de];
    return typeof value === 'string' ? value : '';
  };
  return { answerMti: answerMti(mti), stan: text('11'), transmission: text('7'), terminal: text('41') };
}
