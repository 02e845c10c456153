import { systemClock } from '../../src/ops/clock.ts';
import { createLog } from '../../src/ops/log.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { openPractice, type Practice } from '../../src/practice/index.ts';
import { derived } from '../../src/practice/keys.ts';

/** Drawn terminals on a database that has nothing else in it. */
export function testPractice(databaseUrl: string): Promise<Practice> {
  const keys = derived(Buffer.alloc(32, 5));
  return openPractice({ databaseUrl, keys, clock: systemClock, random: systemRandom, log: createLog('silent') });
}
