import type { Clock, Timer } from '../ops/clock.ts';

/** Something with work that can be done a piece at a time. */
export interface Worker {
  /** Does work worth at most about `most` requests. @returns what it did, in requests */
  work(most: number): number;
  /** Whether it could go on now. */
  readonly hasWork: boolean;
}

/** Requests begun for one lane, and for all lanes, in one turn of the event loop. */
const LANE_REQUESTS = 8;
const TURN_REQUESTS = 64;
/** A lane that has used up its rate sleeps this long at least. */
const LEAST_SLEEP_MS = 5;

/** Gives each lane that has work a few requests per turn of the event loop, in rotation, so that nobody's flood delays the
 *  others by more than a turn. */
export class Turns {
  /** In the order of their next turn. */
  readonly #ring = new Set<Lane>();
  readonly #clock: Clock;
  #armed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param perSecond requests that the lane may begin; more of them wait */
  lane(perSecond: number): Lane {
    return new Lane(this.#clock, perSecond, (lane) => {
      this.#ring.add(lane);
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#clock.soon(() => {
      this.#armed = false;
      this.#turn();
      if (this.#ring.size > 0) this.#arm();
    });
  }

  #turn(): void {
    let left = TURN_REQUESTS;
    let lanes = this.#ring.size; // those that come back to the ring have had their turn
    for (const lane of this.#ring) {
      if (lanes-- <= 0 || left <= 0) return;
      this.#ring.delete(lane);
      left -= lane.serve(Math.min(LANE_REQUESTS, left));
    }
  }
}

/** The work of one peer, over all its connections. */
export class Lane {
  readonly #clock: Clock;
  readonly #wholePerSecond: number;
  #perSecond: number;
  readonly #enter: (lane: Lane) => void;
  readonly #workers = new Set<Worker>();
  #tokens: number;
  #countedAt: number;
  #sleeping: Timer | undefined;

  constructor(clock: Clock, perSecond: number, enter: (lane: Lane) => void) {
    this.#clock = clock;
    this.#countedAt = clock.monotonic();
    this.#wholePerSecond = this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#enter = enter;
  }

  /** Whether the rate is saved up in full. */
  get rested(): boolean {
    this.#refill();
    return this.#tokens >= this.#perSecond;
  }

  /** @param part of the rate that is had here, above 0 to 1 */
  share(part: number): void {
    this.#refill();
    this.#perSecond = this.#wholePerSecond * part;
    this.#tokens = Math.min(this.#tokens, this.#perSecond);
  }

  /** Asks for a turn for `worker`. */
  ask(worker: Worker): void {
    this.#workers.add(worker);
    if (this.#sleeping === undefined) this.#enter(this);
  }

  leave(worker: Worker): void {
    this.#workers.delete(worker);
    if (this.#workers.size > 0) return;
    this.#clock.cancel(this.#sleeping);
    this.#sleeping = undefined;
  }

  /** @returns what was done, in requests */
  serve(most: number): number {
    this.#refill();
    let left = Math.min(most, this.#tokens);
    let workers = this.#workers.size;
    let done = 0;
    for (const worker of this.#workers) {
      if (workers-- <= 0 || left <= 0) break;
      this.#workers.delete(worker);
      const did = worker.work(left);
      done += did;
      left -= did;
      if (worker.hasWork) this.#workers.add(worker);
    }
    this.#tokens -= done;
    if (this.#workers.size > 0) this.#again();
    return done;
  }

  #again(): void {
    if (this.#tokens > 0) this.#enter(this);
    else {
      const wait = Math.max(LEAST_SLEEP_MS, (1_000 * (1 - this.#tokens)) / this.#perSecond);
      this.#sleeping ??= this.#clock.after(wait, () => {
        this.#sleeping = undefined;
        this.#enter(this);
      });
    }
  }

  /** The rate, saved up for a second at most. */
  #refill(): void {
    const now = this.#clock.monotonic();
    const earned = ((now - this.#countedAt) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + earned);
    this.#countedAt = now;
  }
}
