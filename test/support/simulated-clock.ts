import { clockOf, type Clock, type Timer } from '../../src/ops/clock.ts';

/** A clock whose time passes only when a test says so. */
export interface SimulatedClock extends Clock {
  /** Time passes. Each timer that falls due is called at its own instant, the earlier first, those of one instant in the order in
   *  which they were set; before the next one, every promise settles that needs nothing from outside this process. */
  advance(ms: number): Promise<void>;
  /** The time of day is set by `ms`, as a person or a time service does; what has passed stays what it was. */
  setBy(ms: number): void;
  /** Timers that wait. */
  readonly waiting: number;
}

interface Due {
  readonly at: number;
  readonly work: () => void;
}

/** @param startMs the instant it begins at, ms since the epoch */
export function simulatedClock(startMs = 0): SimulatedClock {
  const timers = new Set<Due & Timer>();
  let passed = 0;
  let set = 0;
  const after = (ms: number, work: () => void): Timer => {
    const timer = { at: passed + Math.max(0, ms), work, unref: () => undefined };
    timers.add(timer);
    return timer;
  };
  const clock = clockOf({
    now: () => startMs + set + passed,
    monotonic: () => passed,
    after,
    cancel: (timer) => {
      timers.delete(timer as Due & Timer);
    },
    soon: (work) => {
      after(0, work);
    },
  });
  const advance = async (ms: number): Promise<void> => {
    const end = passed + ms;
    for (;;) {
      await settled();
      const next = earliest(timers);
      if (next === undefined || next.at > end) break;
      passed = Math.max(passed, next.at);
      timers.delete(next);
      next.work();
    }
    passed = end;
  };
  return {
    ...clock,
    advance,
    setBy: (ms) => {
      set += ms;
    },
    get waiting() {
      return timers.size;
    },
  };
}

function earliest<T extends Due>(timers: ReadonlySet<T>): T | undefined {
  let first: T | undefined;
  for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
  return first;
}

/** Every promise that can settle by itself has. */
function settled(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
