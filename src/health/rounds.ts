import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Finding } from './finding.ts';

/** A finding that is not in order, and since when rounds of this process have found it. */
export interface Standing extends Finding {
  readonly since: number;
}

export interface RoundsOptions {
  readonly examine: () => Promise<readonly Finding[]>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What was found counts so long; then it is looked again. */
const FRESH_MS = 5 * 60_000;
/** Nobody waits longer for the first look: they are told at the next one. */
const PATIENCE_MS = 2_000;

/** Rounds of the doctor for whoever asks what is not in order: one look at a time, at most one in five minutes, none while nobody asks.
 *  @returns warnings and what is critical, of the last round */
export function openRounds({ examine, clock, log }: RoundsOptions): () => Promise<readonly Standing[]> {
  let found: readonly Standing[] = [];
  let freshUntil = -Infinity;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      const bad = (await examine()).filter(({ level }) => level === 'warning' || level === 'critical');
      const now = clock.now();
      const sinceOf = ({ check, level }: Finding): number =>
        found.find((each) => each.check === check && each.level === level)?.since ?? now;
      found = bad.map((finding) => ({ ...finding, since: sinceOf(finding) }));
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the doctor could not look');
    } finally {
      freshUntil = clock.monotonic() + FRESH_MS;
      looking = undefined;
    }
  };
  return async () => {
    if (clock.monotonic() < freshUntil) return found;
    const first = freshUntil === -Infinity;
    looking ??= look();
    if (first) await soon(looking, clock);
    return found;
  };
}

async function soon(work: Promise<void>, clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(PATIENCE_MS, done.signal)]);
  done.abort();
}
