import { parentPort, workerData } from 'node:worker_threads';
import { readAnnouncements, stepsOf } from './announcements.ts';
import { live } from './model.ts';
import { digest, weigh } from './months.ts';
import { householdOf } from './population.ts';
import type { Expected, Wanted } from './lived.ts';

/** Lives every household's life by the model; gives what must be found at each comparison. */

const { households, buying } = workerData as Wanted;
const steps = stepsOf(readAnnouncements(), buying.seed);
const places = new Map(steps.filter(({ kind }) => kind === 'compare').map((step, place) => [step, place]));
const size = (households + 1) * places.size;
const states = new Float64Array(new SharedArrayBuffer(size * Float64Array.BYTES_PER_ELEMENT));
const answers = new Uint32Array(new SharedArrayBuffer(size * Uint32Array.BYTES_PER_ELEMENT));

for (let n = 1; n <= households; n++) {
  let answered = 0;
  live(householdOf(buying.seed, n), steps, buying, {
    answer: (_, text) => {
      answered = digest(text, answered);
    },
    state: (step, months) => {
      const at = places.get(step)! * (households + 1) + n;
      states[at] = weigh(months);
      answers[at] = answered;
    },
  });
}
parentPort?.postMessage({ states, answers } satisfies Expected);
