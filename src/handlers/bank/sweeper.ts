import type { Ledger } from '../../ledger/index.ts';
import type { Clock } from '../../ops/clock.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { Loop } from '../../ops/repeat.ts';

export interface SweeperOptions {
  readonly ledger: Pick<Ledger, 'claimStranded' | 'complete'>;
  readonly clock: Clock;
  readonly log: Log;
  /** A held transaction this old has nobody who works at it: more than the time a leg may take. */
  readonly olderThanMs: number;
  readonly everyMs?: number;
  readonly onSwept?: (count: number) => void;
}

const BATCH = 200;

/** Ends transactions whose gateway died between the hold and the outcome: nobody knows what the bank did, so each is
 *  released and, where money could have moved, reversed. Any copy may do it: `complete` gives every caller the first outcome. */
export function sweepStranded(options: SweeperOptions): Loop {
  const { clock, log, everyMs = 2_000 } = options;
  const sweep = async (stopping: AbortSignal): Promise<void> => {
    while (!stopping.aborted && (await round(options)) === BATCH);
  };
  return clock.every(everyMs, sweep, {
    first: 'now',
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'stranded transactions cannot be swept; it is tried again');
    },
  });
}

async function round({ ledger, clock, log, olderThanMs, onSwept }: SweeperOptions): Promise<number> {
  const stranded = await ledger.claimStranded(olderThanMs, BATCH, clock.now());
  const doubt = { kind: 'doubt', rc: '68', why: 'its gateway stopped before the outcome' } as const;
  await Promise.all(
    stranded.map(async (ref) => {
      const outcome = await ledger.complete(ref, doubt);
      log.warn({ transaction: ref.transactionId, rc: outcome.rc }, 'a stranded transaction was ended');
    }),
  );
  if (stranded.length > 0) onSwept?.(stranded.length);
  return stranded.length;
}
