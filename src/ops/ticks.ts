/** A clock that is only asked what time it is. */
export interface Now {
  /** The instant, in milliseconds since the epoch (UTC). */
  now(): number;
}

/** A call that was put off: for `cancel`. */
export interface Timer {
  /** The process may end before the call. */
  unref(): unknown;
}

/** What a clock of its own kind has to bring: the rest of `Clock` is built on it. */
export interface Ticks extends Now {
  /** Milliseconds that only go forward, from any origin, whatever is done to the time of day: for how long something takes. */
  monotonic(): number;
  /** Calls `work` once, in `ms` (at most 2^31 - 1), unless it is cancelled before. */
  after(ms: number, work: () => void): Timer;
  /** Nothing happens where the call was made already, or there is none. */
  cancel(timer: Timer | undefined): void;
  /** Calls `work` once what this turn of the event loop has received is dealt with. */
  soon(work: () => void): void;
}
