import { clockOf, systemClock, type Clock, type Timer } from '../../ops/clock.ts';

/** A clock for a device and a gateway side in one process: while anything happens no time passes; when all is quiet it goes to the
 *  next timer at once. A time-out of a minute costs a few milliseconds, and what happens does not hang on how busy the machine is. */
export interface QuietClock extends Clock {
  stop(): void;
}

interface Due extends Timer {
  readonly at: number;
  readonly work: () => void;
}

/** Turns of the event loop in which nothing happened: then nothing will. */
const QUIET_TURNS = 8;

/** @param startMs what it shows at first, ms since the epoch
 *  @param activity rises with everything that happens on the sockets
 *  @param busy whether something is under way that is not counted, such as a handshake */
export function quietClock(startMs: number, activity: () => number, busy: () => boolean): QuietClock {
  const timers = new Set<Due>();
  let [passed, stopped, seen, quiet] = [0, false, 0, 0];
  const clock = clockOf({
    now: () => startMs + passed,
    monotonic: () => passed,
    after: (ms, work) => {
      const timer: Due = { at: passed + Math.max(0, ms), work, unref: () => undefined };
      timers.add(timer);
      quiet = 0;
      return timer;
    },
    cancel: (timer) => {
      if (timers.delete(timer as Due)) quiet = 0;
    },
    soon: (work) => {
      systemClock.soon(work);
    },
  });
  const turn = (): void => {
    if (stopped) return;
    const now = activity();
    if (now !== seen || busy()) quiet = 0;
    else quiet++;
    seen = now;
    const next = quiet >= QUIET_TURNS ? earliest(timers) : undefined;
    if (next !== undefined) {
      quiet = 0;
      passed = Math.max(passed, next.at);
      timers.delete(next);
      next.work();
    }
    // once in a while let the machine breathe: a poll that waits hears what a poll that does not may have missed
    if (quiet === QUIET_TURNS >> 1 || quiet > QUIET_TURNS) systemClock.after(1, turn);
    else systemClock.soon(turn);
  };
  turn();
  return {
    ...clock,
    stop: () => {
      stopped = true;
    },
  };
}

function earliest(timers: ReadonlySet<Due>): Due | undefined {
  let first: Due | undefined;
  for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
  return first;
}
