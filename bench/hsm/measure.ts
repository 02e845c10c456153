import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Measured {
  readonly name: string;
  readonly perSecond: number;
  /** Longest that the event loop was held in the least disturbed round, ms. */
  readonly longestMs: number;
}

const ROUND_MS = 700;
const ROUNDS = 5;

/** Runs `work` over and over and takes the best of the rounds: what disturbs a run only ever makes it slower.
 *  @param batch calls that `work` makes */
export async function measure(name: string, batch: number, work: () => Promise<void> | void): Promise<Measured> {
  await work();
  let best = 0;
  let longestMs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    let calls = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      await work();
      await new Promise(setImmediate);
      calls += batch;
      elapsed = performance.now() - start;
    }
    delay.disable();
    best = Math.max(best, (calls / elapsed) * 1_000);
    longestMs = Math.min(longestMs, delay.max / 1e6);
  }
  return { name, perSecond: best, longestMs };
}
