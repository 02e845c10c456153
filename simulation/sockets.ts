import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { Chance } from './chance.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** What lines are like. */
export interface Weather {
  /** Of a piece on its way, ms. */
  readonly latencyMs: readonly [least: number, most: number];
  /** That what is written comes in pieces. */
  readonly splits: number;
  /** That a piece waits for `stallMs` first. */
  readonly stalls: number;
  readonly stallMs: number;
  /** That the line is cut while a piece is on its way. */
  readonly cuts: number;
}

export const FAIR: Weather = { latencyMs: [1, 20], splits: 0.1, stalls: 0, stallMs: 0, cuts: 0 };
export const FOUL: Weather = { latencyMs: [1, 200], splits: 0.4, stalls: 0.03, stallMs: 8_000, cuts: 0.01 };

/** Who looks on what goes over lines: for a story of the run. `line` is of both directions. */
export interface Tap {
  sent(from: string, to: string, line: number, bytes: Buffer): void;
  arrived(from: string, to: string, line: number, bytes: Buffer): void;
  /** Nothing more arrives. */
  gone(from: string, to: string, line: number): void;
}

interface Line {
  readonly number: number;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly weather: () => Weather;
  readonly tap: Tap | undefined;
}

/** One end of a line in memory. Bytes arrive in order, in pieces, late, or not at all; ends and cuts arrive too. */
class SimulatedSocket extends Duplex {
  readonly localPort: number;
  readonly remoteAddress = '192.0.2.1';
  peer: SimulatedSocket | undefined;
  readonly owner: Process;
  readonly #line: Line;
  /** When what was sent last arrives: nothing overtakes it. */
  #lastAt = 0;

  constructor(owner: Process, line: Line, port: number) {
    super({ allowHalfOpen: true });
    this.owner = owner;
    this.#line = line;
    this.localPort = port;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  override _read(): void {
    // What arrives is pushed.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { chance } = this.#line;
    const weather = this.#line.weather();
    const bytes = Buffer.from(chunk);
    if (this.peer !== undefined) this.#line.tap?.sent(this.owner.name, this.peer.owner.name, this.#line.number, bytes);
    if (bytes.length > 1 && chance.happens(weather.splits)) {
      const at = chance.between(1, bytes.length - 1);
      this.#carry(bytes.subarray(0, at), weather);
      this.#carry(bytes.subarray(at), weather);
    } else this.#carry(bytes, weather);
    this.#line.scheduler.after(this.owner, 0, 'written', done);
  }

  override _final(done: () => void): void {
    this.#carry(undefined, this.#line.weather());
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { peer } = this;
    this.#hearsNothing();
    if (peer !== undefined && !peer.destroyed) {
      this.#line.scheduler.after(peer.owner, this.#delay(this.#line.weather()), 'cut', () => {
        peer.destroy();
      });
    }
    done(error);
  }

  /** Its process is no more: nobody here hears anything, and the other end hears of the end. */
  abandon(): void {
    this.removeAllListeners();
    this.#hearsNothing();
    const { peer } = this;
    this.peer = undefined;
    if (peer === undefined || peer.destroyed) return;
    this.#line.scheduler.after(peer.owner, this.#delay(this.#line.weather()), 'cut', () => {
      peer.destroy();
    });
  }

  #hearsNothing(): void {
    const { peer } = this;
    if (peer !== undefined) this.#line.tap?.gone(peer.owner.name, this.owner.name, this.#line.number);
  }

  /** @param bytes undefined: the end */
  #carry(bytes: Buffer | undefined, weather: Weather): void {
    const { peer } = this;
    if (peer === undefined) return;
    const { scheduler, chance } = this.#line;
    if (chance.happens(weather.cuts)) {
      scheduler.after(peer.owner, this.#delay(weather), 'cut', () => {
        peer.destroy();
      });
      scheduler.after(this.owner, this.#delay(weather), 'cut', () => {
        this.destroy();
      });
      return;
    }
    scheduler.after(peer.owner, this.#delay(weather), bytes === undefined ? 'end' : `bytes ${bytes.length}`, () => {
      if (peer.destroyed || peer.readableEnded) return;
      if (bytes !== undefined) this.#line.tap?.arrived(this.owner.name, peer.owner.name, this.#line.number, bytes);
      peer.push(bytes ?? null);
    });
  }

  #delay(weather: Weather): number {
    const { scheduler, chance } = this.#line;
    const stalls = chance.happens(weather.stalls) ? weather.stallMs : 0;
    const wanted = scheduler.now + chance.between(...weather.latencyMs) + stalls;
    this.#lastAt = Math.max(this.#lastAt, wanted);
    return this.#lastAt - scheduler.now;
  }
}

/** Places that can be dialled, and lines to them. */
export class Network {
  readonly #places = new Map<string, { readonly owner: Process; readonly take: (socket: Socket) => void }>();
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #open = new Set<SimulatedSocket>();
  readonly #callers = new WeakMap<Socket, string>();
  #port = 30_000;
  weather: Weather = FAIR;
  tap: Tap | undefined;

  constructor(scheduler: Scheduler, chance: Chance) {
    this.#scheduler = scheduler;
    this.#chance = chance;
  }

  listen(owner: Process, place: string, take: (socket: Socket) => void): void {
    this.#places.set(place, { owner, take });
  }

  /** Who dialled, as a certificate would say it. */
  callerOf(socket: Socket): string {
    return this.#callers.get(socket) ?? '';
  }

  /** @param caller whom the other end sees there
   *  @throws Error where nobody listens: after a while, as a refused connection does */
  async dial(owner: Process, place: string, caller = ''): Promise<Socket> {
    await new Promise<void>((done) => {
      this.#scheduler.after(owner, this.#chance.between(...this.weather.latencyMs), 'dial', done);
    });
    const there = this.#places.get(place);
    if (there?.owner.alive !== true) throw new Error(`connect ECONNREFUSED ${place}`);
    const line: Line = {
      number: this.#port,
      scheduler: this.#scheduler,
      chance: this.#chance,
      weather: () => this.weather,
      tap: this.tap,
    };
    const mine = new SimulatedSocket(owner, line, ++this.#port);
    const theirs = new SimulatedSocket(there.owner, line, ++this.#port);
    mine.peer = theirs;
    theirs.peer = mine;
    this.#callers.set(theirs as unknown as Socket, caller);
    for (const socket of [mine, theirs]) {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    }
    this.#scheduler.after(there.owner, 0, 'accept', () => {
      there.take(theirs as unknown as Socket);
    });
    return mine as unknown as Socket;
  }

  /** What a process that died held: the other ends hear of it. */
  died(owner: Process): void {
    for (const socket of this.#open) {
      if (socket.owner !== owner) continue;
      this.#open.delete(socket);
      socket.abandon();
    }
  }
}
