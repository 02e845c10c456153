import type { TLSSocket } from 'node:tls';
import { encodeFrame, FrameDecoder, swapTpdu, type Frame } from '../codec/index.ts';

/** Who is at the other end, as its certificate says. */
export interface Peer {
  /** The certificate's common name: a terminal id (wire.md 9.8). */
  readonly terminal: string;
  readonly remote: string;
}

/** What becomes of a frame: an answer, no answer, or the end of the connection (with the reason, for log and metrics). */
export type FrameResult =
  | { readonly kind: 'answer'; readonly body: Buffer }
  | { readonly kind: 'none' }
  | { readonly kind: 'close'; readonly reason: string };

export type FrameHandler = (body: Buffer, peer: Peer) => Promise<FrameResult>;

export interface SessionOptions {
  readonly tpdu: boolean;
  readonly maxFrameBytes: number;
  readonly idleTimeoutMs: number;
  readonly handle: FrameHandler;
  /** A connection that we end: why. */
  readonly onRefused: (reason: string, peer: Peer) => void;
}

/** Frames of one connection that may be at work at once: a terminal has one customer, a concentrator many terminals. */
const MAX_IN_FLIGHT = 64;
/** A peer that does not read its answers is cut off rather than buffered for. */
const MAX_UNREAD_BYTES = 1_048_576;

/** One terminal connection: cuts frames, hands each on, writes each answer when it is ready, in any order. */
export class Session {
  readonly #socket: TLSSocket;
  readonly #peer: Peer;
  readonly #options: SessionOptions;
  readonly #frames: FrameDecoder;
  readonly #framing: { readonly header: 'binary2'; readonly tpdu: boolean; readonly maxBytes: number };
  #inFlight = 0;
  #draining = false;
  #idle: (() => void) | undefined;

  constructor(socket: TLSSocket, peer: Peer, options: SessionOptions) {
    this.#socket = socket;
    this.#peer = peer;
    this.#options = options;
    this.#framing = { header: 'binary2', tpdu: options.tpdu, maxBytes: options.maxFrameBytes };
    this.#frames = new FrameDecoder(this.#framing);
    socket.setNoDelay(true);
    socket.setTimeout(options.idleTimeoutMs, () => {
      if (this.#inFlight === 0) this.#refuse('idle');
    });
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', () => undefined); // 'close' follows, and says all there is to say
  }

  /** Takes no more frames, and resolves when those at work are answered. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#socket.pause();
    if (this.#inFlight > 0) {
      await new Promise<void>((done) => {
        this.#idle = done;
      });
    }
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#draining) return;
    let frames: Frame[];
    try {
      frames = this.#frames.push(chunk);
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : 'framing');
      return;
    }
    for (const frame of frames) {
      if (frame.keepAlive) this.#write(encodeFrame(Buffer.alloc(0), { header: 'binary2' }));
      else void this.#serve(frame);
    }
  }

  async #serve(frame: Frame): Promise<void> {
    this.#inFlight++;
    if (this.#inFlight >= MAX_IN_FLIGHT) this.#socket.pause();
    try {
      const result = await this.#options.handle(frame.body, this.#peer);
      if (result.kind === 'close') this.#refuse(result.reason);
      if (result.kind === 'answer') {
        this.#write(
          encodeFrame(result.body, this.#framing, frame.tpdu === undefined ? undefined : swapTpdu(frame.tpdu)),
        );
      }
    } finally {
      this.#inFlight--;
      if (!this.#draining && this.#inFlight < MAX_IN_FLIGHT) this.#socket.resume();
      if (this.#inFlight === 0) this.#idle?.();
    }
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.writable) return; // gone: the terminal reverses what it did not hear (wire.md 9.3)
    this.#socket.write(bytes);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#refuse('answers are not read');
  }

  #refuse(reason: string): void {
    if (this.#socket.destroyed) return;
    this.#options.onRefused(reason, this.#peer);
    this.#socket.destroy();
  }
}
