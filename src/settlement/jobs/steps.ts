import type { Pool } from 'pg';
import { tehran, type Clock } from '../../ops/clock.ts';
import type { Disk } from '../../ops/disk.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import { closeDay } from '../clearing/close.ts';
import { deliverFiles, type Courier } from '../clearing/deliver.ts';
import { followClearing } from '../clearing/follow.ts';
import { makeOrders } from '../clearing/make.ts';
import { netShard } from '../clearing/net.ts';
import { getClearing, reached } from '../clearing/state.ts';
import { owingShops } from '../clearing/owing.ts';
import { writeFiles } from '../clearing/write.ts';
import { layHeads } from '../journal.ts';
import type { StepData } from './queue.ts';

/** What the steps of a clearing work with. */
export interface StepContext {
  readonly pool: Pool;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Another place that each payment file must reach before it counts as delivered. */
  readonly courier?: Courier;
  /** The payment files of a day have left: said once or more. What it throws is logged, and keeps nothing from going on. */
  readonly onDelivered?: ((businessDay: string) => Promise<void>) | undefined;
  /** What takes the place of the machine's own. */
  readonly disk?: Disk;
}

/** Steps in the order of the flow; `net` runs once a shard. */
export const STEPS = ['close', 'net', 'files', 'release', 'deliver', 'follow'] as const;
export type StepName = (typeof STEPS)[number];

/** `wait`: not yet, for a reason a person can read; to be looked at again after `waitMs` at the latest. */
export type StepOutcome =
  { readonly done: true } | { readonly done: false; readonly why: string; readonly waitMs: number };

const DONE: StepOutcome = { done: true };
const RELEASE_POLL_MS = 15_000;
const FOLLOW_POLL_MS = 60_000;

/** Orders that were held at the release leave files to be written again. */
async function writeAgain({ pool, dataDir, disk }: StepContext, day: string): Promise<void> {
  if ((await getClearing(pool, day)).state === 'made') await writeFiles(pool, day, dataDir, disk);
}

async function make({ pool, log }: StepContext, day: string): Promise<void> {
  const shops = await makeOrders(pool, day);
  if (shops > 0) {
    log.error(
      { businessDay: day, shops },
      'ALARM shops are held: what they are owed is not explained; see kalabarg reconcile breaks --class UNEXPLAINED',
    );
  }
}

async function tellOwing({ pool, clock, log }: StepContext): Promise<void> {
  const shops = await owingShops(pool, tehran(clock.now()).isoDate);
  if (shops.length > 0)
    log.error({ shops: shops.slice(0, 20), count: shops.length }, 'ALARM shops owe and cannot pay by what they sell');
}

/** Runs one step. Each may run any number of times, in several processes, and be killed anywhere: the tables say what
 *  is left to do. */
export async function runStep(context: StepContext, name: StepName, data: StepData): Promise<StepOutcome> {
  const { pool, dataDir, disk } = context;
  const day = data.businessDay;
  switch (name) {
    case 'close':
      await closeDay(pool, day, context.clock);
      return DONE;
    case 'net':
      await netShard(pool, day, data.shard ?? 0);
      return DONE;
    case 'files':
      await make(context, day);
      await tellOwing(context);
      await writeFiles(pool, day, dataDir, disk);
      return DONE;
    case 'release': {
      await writeAgain(context, day);
      const clearing = await getClearing(pool, day);
      if (reached(clearing.state, 'released')) return DONE;
      return { done: false, why: `made by ${clearing.maker}; a second person must release`, waitMs: RELEASE_POLL_MS };
    }
    case 'deliver':
      await layHeads(context, day);
      await deliverFiles(pool, day, dataDir, context.courier, disk);
      await context.onDelivered?.(day).catch((error: unknown) => {
        context.log.error(
          { businessDay: day, error: messageOf(error) },
          'what follows a delivery failed; the day goes on',
        );
      });
      return DONE;
    case 'follow': {
      const left = await followClearing(pool, day);
      return left === 0
        ? DONE
        : { done: false, why: `the bank has not answered ${left} orders`, waitMs: FOLLOW_POLL_MS };
    }
  }
}
