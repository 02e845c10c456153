import { build, type Histogram } from 'hdr-histogram-js';
import type { Kind } from './mix.ts';

/** How a request ended: a response code, or that no answer came in time. */
export type Ending = string;

export interface Second {
  /** Seconds since the measurement began. */
  readonly at: number;
  readonly due: number;
  readonly answered: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const MICROS_PER_MS = 1_000;
const HIGHEST_MICROS = 600_000_000;

/** Latencies in microseconds, three significant digits from 1 µs to ten minutes (HdrHistogram). */
export function latencyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_MICROS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
  });
}

export function ms(histogram: Histogram, percentile: number): number {
  return histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / MICROS_PER_MS;
}

/** Counts of a run: all of it, by kind, and by second. */
export class Statistics {
  readonly all = latencyHistogram();
  readonly byKind = new Map<Kind, Histogram>();
  readonly endings = new Map<Ending, number>();
  readonly seconds: Second[] = [];
  #second = latencyHistogram();
  #due = 0;
  #answered = 0;
  #failed = 0;

  /** A request's time has come. */
  due(): void {
    this.#due++;
  }

  /** @param latencyMs since the request was due, not since it was sent: waiting in a queue of ours counts */
  ended(kind: Kind, ending: Ending, latencyMs: number, failed: boolean): void {
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    if (failed) this.#failed++;
    if (ending !== 'silence') this.#answered++;
    const micros = Math.min(HIGHEST_MICROS, Math.max(1, Math.round(latencyMs * MICROS_PER_MS)));
    const own = this.byKind.get(kind) ?? latencyHistogram();
    this.byKind.set(kind, own);
    for (const histogram of [this.all, own, this.#second]) histogram.recordValue(micros);
  }

  /** What was due and could not even be sent: a failure without a latency. */
  unsent(ending: Ending): void {
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    this.#failed++;
  }

  /** Closes a second. */
  tick(): Second {
    const second = {
      at: this.seconds.length + 1,
      due: this.#due,
      answered: this.#answered,
      failed: this.#failed,
      p50Ms: ms(this.#second, 50),
      p99Ms: ms(this.#second, 99),
    };
    this.seconds.push(second);
    this.#second = latencyHistogram();
    this.#due = 0;
    this.#answered = 0;
    this.#failed = 0;
    return second;
  }
}
