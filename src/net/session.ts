import type { Socket } from 'node:net';
import { encodeFrame, FrameDecoder, swapTpdu, type Frame, type FrameOptions } from '../codec/index.ts';
import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Lane, Worker } from './turns.ts';

/** Who is at the other end, as its certificate says. */
export interface Peer {
  /** The certificate's common name: a terminal id (wire.md 9.8). */
  readonly terminal: string;
  readonly remote: string;
  /** What it came with; absent where no certificate was asked for. */
  readonly certificate?: PeerCertificate;
  /** Its certificate has expired: it may renew it, and nothing else. */
  readonly expired?: true;
}

/** A client certificate, as far as the gateway asks about it later. */
export interface PeerCertificate {
  /** Of its DER, hexadecimal. */
  readonly sha256: string;
  /** Hexadecimal, as its issuer gave it. */
  readonly serial: string;
  /** Its issuer's name, as `JSON.stringify` writes what Node.js gives. */
  readonly issuer: string;
  /** ms. */
  readonly endsAt: number;
}

/** What becomes of a frame: an answer, no answer, or the end of the connection (with the reason, for log and metrics). */
export type FrameResult =
  | { readonly kind: 'answer'; readonly body: Buffer }
  | { readonly kind: 'none' }
  | { readonly kind: 'close'; readonly reason: string };

export type FrameHandler = (body: Buffer, peer: Peer) => Promise<FrameResult>;

export interface SessionOptions {
  readonly framing: FrameOptions;
  readonly idleTimeoutMs: number;
  readonly handle: FrameHandler;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** A connection that we end: why. */
  readonly onRefused: (reason: string, peer: Peer) => void;
}

/** Frames of one connection that may be at work at once: a terminal has one customer, a concentrator many terminals. */
const MAX_IN_FLIGHT = 64;
/** Bytes that were received and wait for their turn: beyond, nothing is read. */
const MAX_WAITING_BYTES = 4_096;
/** So much is cut into frames at once. */
const SLICE_BYTES = 2_048;
/** Bytes of answers that wait to be read: beyond, no request is begun. */
const MAX_UNREAD_BYTES = 32_768;
/** A peer that reads none of its answers for so long is cut off, and one that does not finish a frame it began. */
const STALLED_MS = 10_000;
const HALF_FRAME_MS = 30_000;
/** What answering a keep-alive costs, in requests. */
const KEEP_ALIVE_COST = 1 / 64;

/** One terminal connection: cuts frames, hands each on when its turn comes, writes each answer when it is ready, in any
 *  order. At most one write is under way; answers that come meanwhile go together in the next. */
export class Session implements Worker {
  readonly peer: Peer;
  readonly #socket: Socket;
  readonly #lane: Lane;
  readonly #options: SessionOptions;
  readonly #frames: FrameDecoder;
  readonly #keepAlive: Buffer;
  /** Received, not cut yet. */
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Cut, not begun yet. */
  #cut: Frame[] = [];
  #next = 0;
  /** To be written after the write that is under way. */
  #answers: Buffer[] = [];
  #answerBytes = 0;
  #writingSince: number | undefined;
  #halfFrameSince: number | undefined;
  #inFlight = 0;
  #ended = false;
  #draining = false;
  #drained: (() => void) | undefined;
  /** When something came or left last (`clock.monotonic()`). */
  usedAt: number;

  constructor(socket: Socket, peer: Peer, lane: Lane, options: SessionOptions) {
    this.peer = peer;
    this.#socket = socket;
    this.#lane = lane;
    this.#options = options;
    this.usedAt = options.clock.monotonic();
    this.#frames = new FrameDecoder(options.framing);
    this.#keepAlive = encodeFrame(Buffer.alloc(0), options.framing);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    // The peer sends no more, but reads on: what it asked is answered first.
    socket.on('end', () => {
      this.#ended = true;
      this.#finish();
    });
    socket.on('error', () => undefined); // 'close' follows, and says all there is to say
    socket.on('close', () => {
      lane.leave(this);
      this.#drained?.();
    });
  }

  /** Whether a frame of this connection is being served, waits, or has an answer that is not written yet. */
  get busy(): boolean {
    return this.#inFlight > 0 || this.#waits || this.#writingSince !== undefined;
  }

  get hasWork(): boolean {
    return this.#open && this.#waits;
  }

  work(most: number): number {
    let done = 0;
    let keepAlives = 0;
    while (done < most && this.#open) {
      const frame = this.#nextFrame();
      if (frame === undefined) break;
      if (frame.keepAlive) {
        keepAlives++;
        done += KEEP_ALIVE_COST;
      } else {
        void this.#serve(frame);
        done++;
      }
    }
    if (keepAlives > 0) this.#write(Buffer.alloc(keepAlives * this.#keepAlive.length, this.#keepAlive));
    if (this.#receivedBytes <= MAX_WAITING_BYTES && !this.#draining) this.#socket.resume();
    this.#finish();
    return done;
  }

  /** Looked at now and then: ends a connection that stalls or is silent for too long. @param now `clock.monotonic()` */
  check(now: number): void {
    if (!this.busy && now - this.usedAt > this.#options.idleTimeoutMs) this.refuse('idle');
    if (this.#writingSince !== undefined && now - this.#writingSince > STALLED_MS) this.refuse('answers are not read');
    if (this.#frames.pending === 0 || this.#waits) this.#halfFrameSince = undefined;
    else this.#halfFrameSince ??= now;
    if (this.#halfFrameSince !== undefined && now - this.#halfFrameSince > HALF_FRAME_MS) {
      this.refuse('a frame was begun and not finished');
    }
  }

  /** Takes no more frames, and resolves when those at work are answered. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#socket.pause();
    this.#received = [];
    this.#cut = [];
    await new Promise<void>((done) => {
      this.#drained = done;
      this.#finish();
    });
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  refuse(reason: string): void {
    if (this.#socket.destroyed) return;
    this.#options.onRefused(reason, this.peer);
    this.#socket.destroy();
  }

  /** Whether another frame may be begun. */
  get #open(): boolean {
    return (
      this.#inFlight < MAX_IN_FLIGHT &&
      this.#answerBytes < MAX_UNREAD_BYTES &&
      !this.#draining &&
      !this.#socket.destroyed
    );
  }

  get #waits(): boolean {
    return this.#next < this.#cut.length || this.#received.length > 0;
  }

  #receive(chunk: Buffer): void {
    if (this.#draining) return;
    this.usedAt = this.#options.clock.monotonic();
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > MAX_WAITING_BYTES) this.#socket.pause();
    if (this.#open) this.#lane.ask(this);
  }

  #nextFrame(): Frame | undefined {
    while (this.#next >= this.#cut.length) {
      const chunk = this.#received[0];
      if (chunk === undefined) return undefined;
      const slice = chunk.subarray(0, SLICE_BYTES);
      if (slice.length === chunk.length) this.#received.shift();
      else this.#received[0] = chunk.subarray(SLICE_BYTES);
      this.#receivedBytes -= slice.length;
      this.#next = 0;
      try {
        this.#cut = this.#frames.push(slice);
      } catch (error) {
        this.#cut = [];
        this.refuse(messageOf(error));
        return undefined;
      }
    }
    return this.#cut[this.#next++];
  }

  async #serve(frame: Frame): Promise<void> {
    this.#inFlight++;
    try {
      const result = await this.#options.handle(frame.body, this.peer);
      if (result.kind === 'close') this.refuse(result.reason);
      if (result.kind === 'answer') {
        const tpdu = frame.tpdu === undefined ? undefined : swapTpdu(frame.tpdu);
        this.#write(encodeFrame(result.body, this.#options.framing, tpdu));
      }
    } catch (error) {
      this.refuse(`a frame could not be answered: ${messageOf(error)}`);
    } finally {
      this.#inFlight--;
      this.#goOn();
    }
  }

  /** After something was finished: the next frame may be begun, or the connection may end. */
  #goOn(): void {
    if (this.hasWork) this.#lane.ask(this);
    this.#finish();
  }

  /** Ends the connection of a peer that has ended its side, when all that it asked is answered. */
  #finish(): void {
    if (this.busy) return;
    this.#drained?.();
    if (this.#ended) this.#socket.end();
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.writable) return; // gone: the terminal reverses what it did not hear (wire.md 9.3)
    this.#answers.push(bytes);
    this.#answerBytes += bytes.length;
    if (this.#writingSince === undefined) this.#flush();
  }

  #flush(): void {
    const bytes = this.#answers.length === 1 ? this.#answers[0] : Buffer.concat(this.#answers);
    const size = this.#answerBytes;
    if (bytes === undefined) return;
    this.#answers = [];
    this.usedAt = this.#writingSince = this.#options.clock.monotonic();
    this.#socket.write(bytes, () => {
      this.#answerBytes -= size;
      this.#writingSince = undefined;
      if (this.#answers.length > 0) this.#flush();
      this.#goOn();
    });
  }
}
