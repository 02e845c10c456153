import { repeat, type Loop, type RepeatOptions } from './repeat.ts';
import type { Now, Ticks, Timer } from './ticks.ts';

export type { Now, Ticks, Timer };

/** Time comes in through this port, so that any run can be replayed: only `ops/` reads a clock of the machine or starts a timer of
 *  its own (decision 37). */
export interface Clock extends Ticks {
  /** Resolves in `ms`, or as soon as `signal` is aborted: whoever waits with a signal asks it afterwards. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `work` every `ms`, one run at a time, until the loop is stopped.
   *  @param work gets a signal that is aborted at the stop, and returns as soon as it can then */
  every(ms: number, work: (stopping: AbortSignal) => Promise<void> | void, how: RepeatOptions): Loop;
}

export function clockOf(ticks: Ticks): Clock {
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((done) => {
      if (signal?.aborted === true) {
        done();
        return;
      }
      const cut = (): void => {
        ticks.cancel(timer);
        done();
      };
      const timer = ticks.after(ms, () => {
        signal?.removeEventListener('abort', cut);
        done();
      });
      signal?.addEventListener('abort', cut, { once: true });
    });
  return { ...ticks, sleep, every: (ms, work, how) => repeat(ticks, ms, work, how) };
}

/** Waits for `work`, and no longer than `ms`; then it goes on unwatched, and what it comes to is the caller's to handle. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  try {
    await Promise.race([work, clock.sleep(ms, done.signal)]);
  } finally {
    done.abort();
  }
}

export const DAY_MS = 86_400_000;

/** The machine's own. */
export const systemClock: Clock = clockOf({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, work) => setTimeout(work, ms),
  cancel: (timer) => {
    clearTimeout(timer as NodeJS.Timeout | undefined);
  },
  soon: (work) => {
    setImmediate(work);
  },
});

/** Iran has had no daylight saving since 1401 (domain/06-calendar): Asia/Tehran is UTC+3:30 all year. */
const TEHRAN_OFFSET_MS = 3.5 * 3_600_000;

/** DE 7 of an instant: MMDDhhmmss, UTC (wire.md 3). */
export function transmissionDateTime(ms: number): string {
  return wallClock(ms).transmission;
}

/** The wall clock in Tehran: DE 12 (hhmmss), DE 13 (MMDD) and the ISO date. */
export function tehran(ms: number): { time: string; date: string; isoDate: string } {
  const { transmission, isoDate } = wallClock(ms + TEHRAN_OFFSET_MS);
  return { time: transmission.slice(4), date: transmission.slice(0, 4), isoDate };
}

interface WallClock {
  readonly second: number;
  readonly transmission: string;
  readonly isoDate: string;
}

/** Every message asks for the same few seconds, in UTC and in Tehran: the last of each is kept. */
const kept: WallClock[] = [];

function wallClock(ms: number): WallClock {
  const second = Math.floor(ms / 1_000);
  for (const clock of kept) if (clock.second === second) return clock;
  const iso = new Date(second * 1_000).toISOString();
  const transmission = iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19);
  const clock = { second, transmission, isoDate: iso.slice(0, 10) };
  if (kept.unshift(clock) > 4) kept.pop();
  return clock;
}
