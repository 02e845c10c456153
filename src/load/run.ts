import { systemClock } from '../ops/clock.ts';
import { draw, seeded, type Kind, type Mix } from './mix.ts';
import { Statistics, type Second } from './statistics.ts';

export interface LoadOptions {
  readonly perSecond: number;
  readonly seconds: number;
  /** Counted only after this many. */
  readonly warmUpSeconds: number;
  readonly mix: Mix;
  readonly seed: number;
  /** Requests that may be open at once; what is due beyond them has failed: the gateway is overrun. */
  readonly maxOpen: number;
  readonly onSecond?: (second: Second, open: number) => void;
}

/** Does one thing as a customer; resolves with the response code that ended it. A rejection counts as no answer. */
export type Work = (kind: Kind) => Promise<string>;

export interface LoadRun {
  readonly statistics: Statistics;
  /** From the first measured request to the last answer. */
  readonly tookMs: number;
  readonly done: number;
  /** Of them, those that an answer ended. */
  readonly answered: number;
  readonly failed: number;
}

/** What counts as the gateway's failure: no answer, overrun, or its own fault. Declines are answers. */
const FAILURES = new Set(['96', 'silence', 'overrun']);
const UNANSWERED = new Set(['silence', 'overrun']);
const TICK_MS = 1;

/** Open model: requests come when they are due, at random as customers do (Poisson), whether or not earlier ones are
 *  answered; each latency counts from when the request was due. So a gateway that stalls shows it (no coordinated omission). */
export async function runLoad(work: Work, options: LoadOptions): Promise<LoadRun> {
  const warm = new Statistics();
  if (options.warmUpSeconds > 0)
    await phase(work, { ...options, seconds: options.warmUpSeconds }, warm, () => undefined);
  const statistics = new Statistics();
  const startedAt = systemClock.monotonic();
  const counts = await phase(work, options, statistics, options.onSecond ?? (() => undefined));
  return { statistics, tookMs: systemClock.monotonic() - startedAt, ...counts };
}

async function phase(
  work: Work,
  options: LoadOptions,
  statistics: Statistics,
  onSecond: (second: Second, open: number) => void,
): Promise<Pick<LoadRun, 'done' | 'answered' | 'failed'>> {
  const random = seeded(options.seed);
  const open = new Set<Promise<void>>();
  const counts = { done: 0, answered: 0, failed: 0 };
  const end = (kind: Kind, ending: string, dueAt: number): void => {
    counts.done++;
    if (FAILURES.has(ending)) counts.failed++;
    // What was never sent took no time: it must not make the run look fast.
    if (ending === 'overrun') statistics.unsent(ending);
    else statistics.ended(kind, ending, systemClock.monotonic() - dueAt, FAILURES.has(ending));
    if (!UNANSWERED.has(ending)) counts.answered++;
  };
  const begin = (dueAt: number): void => {
    const kind = draw(options.mix, random());
    statistics.due();
    if (open.size >= options.maxOpen) {
      end(kind, 'overrun', dueAt);
      return;
    }
    const one: Promise<void> = work(kind)
      .catch(() => 'silence')
      .then((ending) => {
        open.delete(one);
        end(kind, ending, dueAt);
      });
    open.add(one);
  };
  const gap = (): number => (-Math.log(1 - random()) * 1_000) / options.perSecond;
  const startedAt = systemClock.monotonic();
  let dueAt = startedAt + gap();
  let tickAt = startedAt + 1_000;
  const endAt = startedAt + options.seconds * 1_000;
  while (systemClock.monotonic() < endAt) {
    for (const now = systemClock.monotonic(); dueAt <= now && dueAt < endAt; dueAt += gap()) begin(dueAt);
    if (systemClock.monotonic() >= tickAt) {
      tickAt += 1_000;
      onSecond(statistics.tick(), open.size);
    }
    await systemClock.sleep(TICK_MS);
  }
  for (; dueAt < endAt; dueAt += gap()) begin(dueAt); // due while this process was held up at the very end
  await Promise.all(open);
  onSecond(statistics.tick(), 0);
  return counts;
}
