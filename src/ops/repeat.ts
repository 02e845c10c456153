import type { Ticks } from './ticks.ts';

/** How a loop runs. */
export interface RepeatOptions {
  /** Told of a run that failed; the loop goes on. What it throws itself ends nothing either. */
  readonly onError: (error: unknown) => void;
  /** `now`: the first run begins at once; `later`: after the first interval (default). */
  readonly first?: 'now' | 'later';
}

export interface Loop {
  /** No run begins any more. Resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** Runs `work` at a fixed beat, measured by the monotonic clock: how long a run takes moves none of the later ones. A beat that
 *  falls into a run is left out, so that runs are never queued up and never overlap. */
export function repeat(
  ticks: Pick<Ticks, 'monotonic' | 'after' | 'cancel'>,
  ms: number,
  work: (stopping: AbortSignal) => Promise<void> | void,
  { onError, first = 'later' }: RepeatOptions,
): Loop {
  if (!(ms > 0)) throw new RangeError(`A loop needs an interval above 0 ms; it is ${ms}.`);
  const stopping = new AbortController();
  const start = ticks.monotonic();
  let beat = 0;
  let running: Promise<void> | undefined;
  let timer: ReturnType<Ticks['after']> | undefined;

  const run = async (): Promise<void> => {
    try {
      await work(stopping.signal);
    } catch (error) {
      tell(error, onError);
    }
    running = undefined;
    if (!stopping.signal.aborted) wait();
  };
  const wait = (): void => {
    const passed = ticks.monotonic() - start;
    beat = Math.max(beat, Math.floor(passed / ms)) + 1; // a timer that fired a little early repeats no beat
    timer = ticks.after(beat * ms - passed, begin);
    timer.unref();
  };
  const begin = (): void => {
    running = run();
  };
  if (first === 'now') begin();
  else wait();
  return {
    stop: async () => {
      stopping.abort();
      ticks.cancel(timer);
      await running;
    },
  };
}

/** Whoever is told of failures may fail too: a log whose disk is full, say. */
function tell(error: unknown, onError: (error: unknown) => void): void {
  try {
    onError(error);
  } catch {
    // There is nobody left to tell, and the loop is worth more than the message.
  }
}
