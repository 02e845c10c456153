import type { Clock } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { Loop } from '../../ops/repeat.ts';
import { DOUBT_KINDS, type DoubtBook, type DoubtKind } from './doubts.ts';

export interface WatchOptions {
  readonly doubts: Pick<DoubtBook, 'count'>;
  readonly clock: Clock;
  readonly log: Log;
  /** An older doubt is an alarm (default 60 s), and so are more at once (default 1,000); a refused reversal is one at once. */
  readonly alarmMs?: number;
  readonly alarmCount?: number;
  readonly everyMs?: number;
  readonly onCount: (kind: DoubtKind, count: number, oldestSeconds: number) => void;
}

/** Shows what is in doubt, and alarms by age: also while no link is up and so nothing is attempted. */
export function watchDoubts(options: WatchOptions): Loop {
  const { clock, log, everyMs = 10_000 } = options;
  return clock.every(everyMs, () => look(options), {
    first: 'now',
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'what is in doubt cannot be counted; it is tried again');
    },
  });
}

async function look({
  doubts,
  clock,
  log,
  alarmMs = 60_000,
  alarmCount = 1_000,
  onCount,
}: WatchOptions): Promise<void> {
  const counts = await doubts.count();
  for (const kind of DOUBT_KINDS) {
    const found = counts.find((one) => one.kind === kind);
    const ageMs = found === undefined ? 0 : Math.max(0, clock.now() - found.oldest);
    onCount(kind, found?.count ?? 0, ageMs / 1_000);
    if (found === undefined || (kind !== 'refused' && ageMs < alarmMs && found.count <= alarmCount)) continue;
    log.error({ kind, count: found.count, ageMs }, 'ALARM: in doubt with the bank; see kalabarg doubts list');
  }
}
