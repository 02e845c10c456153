import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Step } from './announcements.ts';
import { live } from './model.ts';
import { written } from './months.ts';
import { householdOf, type Buying } from './population.ts';

/** What the model says of all households, reckoned beside the database. */

export interface Wanted {
  readonly households: number;
  readonly buying: Buying;
}

/** By comparison, and of each by household (from 1; the place of 0 is empty). */
export interface Expected {
  /** months.ts: `weigh`. */
  readonly states: Float64Array;
  /** The digest of all answers until then. */
  readonly answers: Uint32Array;
}

export async function liveBeside(wanted: Wanted): Promise<Expected> {
  const worker = new Worker(fileURLToPath(new URL('worker.mjs', import.meta.url)), { workerData: wanted });
  const [expected] = (await once(worker, 'message')) as [Expected];
  await worker.terminate();
  return expected;
}

/** In words: what a household has at a comparison, and how its last purchase before was answered. */
export function livedUntil(at: Step, n: number, steps: readonly Step[], buying: Buying): { has: string; last: string } {
  const lived = { has: '', last: 'none' };
  live(householdOf(buying.seed, n), steps.slice(0, steps.indexOf(at) + 1), buying, {
    answer: (step, text) => {
      lived.last = `${step.day.jalali}: ${text}`;
    },
    state: (_, months) => {
      lived.has = written(months);
    },
  });
  return lived;
}
