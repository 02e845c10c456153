import { earlierNow } from '../../ledger/index.ts';
import { tehran, type Now } from '../../ops/clock.ts';
import { beginClearing, closeDay, SHARDS } from '../clearing/close.ts';
import { openBusinessDay } from '../clearing/day.ts';
import type { BankProfile } from '../payments/profile.ts';
import { ring } from './flow.ts';
import type { Queues } from './queue.ts';
import type { StepContext } from './steps.ts';

/** When a business day ends by itself. */
export interface CutOver {
  /** Tehran wall clock, `HH:MM` or `HH:MM:SS`: the day before ends then. `00:00`: business days are calendar days. */
  readonly at: string;
  /** Read at each cut-over, so that a changed profile counts from the next day on. */
  profile(): BankProfile | Promise<BankProfile>;
  /** This machine's own clock, where the context's goes with the database's. */
  readonly ownClock?: Now;
}

/** Who is on record as the maker of what the clock begins. */
const CLOCK = 'gateway';
export const CUT_OVER_JOB = 'cut-over';

/** Puts the cut-over into the queue's scheduler. It is put there again whenever it is found missing. */
export async function scheduleCutOver(queues: Queues, cutOver: CutOver): Promise<void> {
  const [hours = '0', minutes = '0', seconds = '0'] = cutOver.at.split(':');
  const pattern = `${Number(seconds)} ${Number(minutes)} ${Number(hours)} * * *`;
  await queues.queue.upsertJobScheduler(
    CUT_OVER_JOB,
    { pattern, tz: 'Asia/Tehran' },
    {
      name: CUT_OVER_JOB,
      data: { businessDay: '' },
      opts: { attempts: 8, backoff: { type: 'exponential', delay: 500 }, removeOnComplete: 100, removeOnFail: 100 },
    },
  );
}

/** The business day that an instant belongs to. */
export function businessDateAt(ms: number, at: string): string {
  const [hours = '0', minutes = '0', seconds = '0'] = at.split(':');
  return tehran(ms - ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000).isoDate;
}

/** Closes every business day that is over, oldest first, and rings for its clearing. Idempotent, and late is as good as
 *  in time: a gateway that was down over midnight closes the day when it comes back. A day is over once it is so by this
 *  copy's clock and by the database's: neither alone can close days that have not ended. */
export async function cutOverDue(context: StepContext, queues: Queues, cutOver: CutOver): Promise<void> {
  const { pool, clock, log } = context;
  const present = businessDateAt(await earlierNow(pool, (cutOver.ownClock ?? clock).now()), cutOver.at);
  for (;;) {
    const day = await openBusinessDay(pool);
    if (day === undefined || day >= present) return;
    await beginClearing(pool, { day, profile: await cutOver.profile(), maker: CLOCK, shards: SHARDS }, clock);
    await closeDay(pool, day, clock);
    await ring(pool, queues, day);
    log.info({ businessDay: day }, 'business day closed');
  }
}
