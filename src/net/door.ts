import type { Socket } from 'node:net';
import { addressGroup } from '../ops/address.ts';
import type { Clock } from '../ops/clock.ts';
import type { Loop } from '../ops/repeat.ts';
import type { Limits } from './limits.ts';

/** Why a socket was closed before its handshake was done: a closed set, for metrics. */
export type DoorRefusal = 'address-full' | 'displaced' | 'handshake-timeout';

/** A socket whose handshake is not done. */
export interface Newcomer {
  readonly socket: Socket;
  readonly group: string;
  readonly remote: string;
  /** When it came. */
  readonly since: number;
  /** When its handshake began; undefined: it says nothing yet, or waits for its turn. */
  begunAt: number | undefined;
}

export interface DoorOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  /** The first byte is there, and it is this socket's turn: TLS may begin. */
  readonly begin: (newcomer: Newcomer) => void;
  readonly onRefused: (reason: DoorRefusal, newcomer: Newcomer) => void;
  readonly onSockets: (count: number) => void;
  /** A look at those who wait failed; the next one comes all the same. */
  readonly onFault: (error: unknown) => void;
}

const SWEEP_MS = 250;
/** Handshakes begun in one turn of the event loop: each costs about as much as twenty requests. */
const BEGUN_AT_ONCE = 2;

/** Lets sockets in to their handshake. One that says nothing costs no TLS state, and is closed in time; who opens more than
 *  the limits displaces one of his own, not those of other addresses. */
export class Door {
  readonly #options: DoorOptions;
  /** Sockets by address. */
  readonly #sockets = new Map<string, number>();
  #count = 0;
  /** Newcomers by address, the oldest first. */
  readonly #newcomers = new Map<string, Set<Newcomer>>();
  #waiting = 0;
  /** Those whose first byte is there, by address; the address whose turn it is stands first. */
  readonly #ready = new Map<string, Newcomer[]>();
  #tokens: number;
  #countedAt: number;
  /** Whether `#beginSome` will run. */
  #pumping = false;
  #closed = false;
  readonly #sweeper: Loop;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#tokens = options.limits.handshakesPerSecond;
    this.#countedAt = options.clock.monotonic();
    this.#sweeper = options.clock.every(
      SWEEP_MS,
      () => {
        this.#sweep();
      },
      { onError: options.onFault },
    );
  }

  admit(socket: Socket): void {
    const { clock, limits, onRefused, onSockets } = this.#options;
    const group = addressGroup(socket.remoteAddress);
    const remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    const newcomer: Newcomer = { socket, group, remote, since: clock.monotonic(), begunAt: undefined };
    socket.on('error', () => undefined); // 'close' follows
    const own = this.#newcomers.get(group) ?? new Set<Newcomer>();
    const full = (this.#sockets.get(group) ?? 0) >= limits.maxConnectionsPerAddress;
    if (full && own.size === 0) {
      onRefused('address-full', newcomer);
      socket.destroy();
      return;
    }
    if (full || own.size >= limits.maxHandshakesPerAddress) this.#displace(own);
    else if (this.#waiting >= limits.maxHandshakes) this.#displace(this.#heaviest());
    this.#sockets.set(group, (this.#sockets.get(group) ?? 0) + 1);
    onSockets(++this.#count);
    own.add(newcomer);
    this.#newcomers.set(group, own);
    this.#waiting++;
    socket.once('close', () => {
      this.#leave(newcomer);
      this.#forget(group);
      onSockets(--this.#count);
    });
    socket.once('readable', () => {
      if (!socket.destroyed) this.#enqueue(newcomer);
    });
  }

  /** The handshake of this socket is done, or failed. */
  passed(newcomer: Newcomer): void {
    this.#leave(newcomer);
  }

  close(): void {
    void this.#sweeper.stop();
    this.#closed = true;
    for (const own of this.#newcomers.values()) for (const { socket } of own) socket.destroy();
  }

  #leave(newcomer: Newcomer): void {
    const own = this.#newcomers.get(newcomer.group);
    if (own?.delete(newcomer) !== true) return;
    this.#waiting--;
    if (own.size === 0) this.#newcomers.delete(newcomer.group);
  }

  #forget(group: string): void {
    const left = (this.#sockets.get(group) ?? 1) - 1;
    if (left > 0) this.#sockets.set(group, left);
    else this.#sockets.delete(group);
  }

  #refuse(newcomer: Newcomer, reason: DoorRefusal): void {
    this.#leave(newcomer);
    this.#options.onRefused(reason, newcomer);
    newcomer.socket.destroy();
  }

  /** While some wait for their turn, we are what is slow: who came last gives way, for whom nothing was done yet. Else all wait for
   *  the other end, and the oldest has stalled for longest. */
  #displace(from: ReadonlySet<Newcomer>): void {
    const [oldest] = from;
    if (oldest !== undefined) this.#refuse(this.#lastReady(oldest.group) ?? oldest, 'displaced');
  }

  #lastReady(group: string): Newcomer | undefined {
    const own = this.#ready.get(group) ?? [];
    for (;;) {
      const last = own.pop();
      if (own.length === 0) this.#ready.delete(group);
      if (last?.socket.destroyed !== true) return last;
    }
  }

  /** Newcomers of the address that has the most. */
  #heaviest(): ReadonlySet<Newcomer> {
    let most: ReadonlySet<Newcomer> = new Set();
    for (const own of this.#newcomers.values()) if (own.size > most.size) most = own;
    return most;
  }

  #sweep(): void {
    const { clock, limits } = this.#options;
    const before = clock.monotonic() - limits.handshakeTimeoutMs;
    for (const own of this.#newcomers.values()) {
      for (const newcomer of own) {
        const { since, begunAt = since } = newcomer;
        if (begunAt <= before) this.#refuse(newcomer, 'handshake-timeout');
      }
    }
  }

  #enqueue(newcomer: Newcomer): void {
    const own = this.#ready.get(newcomer.group);
    if (own === undefined) this.#ready.set(newcomer.group, [newcomer]);
    else own.push(newcomer);
    if (!this.#pumping) this.#pumpIn(0);
  }

  #pumpIn(waitMs: number): void {
    this.#pumping = true;
    const pump = (): void => {
      this.#pumping = false;
      if (!this.#closed) this.#beginSome();
    };
    const { clock } = this.#options;
    if (waitMs > 0) clock.after(waitMs, pump).unref();
    else clock.soon(pump);
  }

  /** Begins as many handshakes as the rate allows, an address after the other. */
  #beginSome(): void {
    const { handshakesPerSecond } = this.#options.limits;
    const now = this.#options.clock.monotonic();
    this.#tokens = Math.min(
      handshakesPerSecond,
      this.#tokens + ((now - this.#countedAt) * handshakesPerSecond) / 1_000,
    );
    this.#countedAt = now;
    for (let begun = 0; begun < BEGUN_AT_ONCE && this.#tokens >= 1;) {
      const newcomer = this.#nextReady();
      if (newcomer === undefined) return;
      if (newcomer.socket.destroyed) continue;
      this.#tokens--;
      begun++;
      newcomer.begunAt = now;
      this.#options.begin(newcomer);
    }
    if (this.#ready.size === 0) return;
    this.#pumpIn(this.#tokens >= 1 ? 0 : (1_000 * (1 - this.#tokens)) / handshakesPerSecond);
  }

  #nextReady(): Newcomer | undefined {
    for (const [group, own] of this.#ready) {
      this.#ready.delete(group);
      const newcomer = own.shift();
      if (own.length > 0) this.#ready.set(group, own);
      if (newcomer !== undefined) return newcomer;
    }
    return undefined;
  }
}
