import { DelayedError } from 'bullmq';
import { messageOf } from '../../ops/errors.ts';
import { openClearings } from '../clearing/state.ts';
import { CUT_OVER_JOB, cutOverDue, scheduleCutOver, type CutOver } from './cutover.ts';
import { isRinging, ring } from './flow.ts';
import type { Queues, StepJob, WorkOptions } from './queue.ts';
import { runStep, type StepContext, type StepName } from './steps.ts';

export interface SettlementWorker {
  /** Lets what runs finish, then stops. */
  close(): Promise<void>;
}

export interface WorkerTiming {
  readonly work: WorkOptions;
  /** How often clearings are looked over for lost jobs. */
  readonly sweepMs: number;
}

export const DEFAULT_TIMING: WorkerTiming = { work: { concurrency: 2, lockMs: 6_000 }, sweepMs: 15_000 };

/** Works on clearings, and rings again for those whose jobs are lost: after a crash, a flushed Redis, truncated tables.
 *  @param cutOver closes business days by the clock; left out, only commands close them */
export async function startWorker(
  context: StepContext,
  queues: Queues,
  timing: WorkerTiming = DEFAULT_TIMING,
  cutOver?: CutOver,
): Promise<SettlementWorker> {
  const worker = queues.work(async (job, token) => {
    if (job.name !== CUT_OVER_JOB) return processStep(context, queues, job, token);
    if (cutOver !== undefined) await cutOverDue(context, queues, cutOver);
    return undefined;
  }, timing.work);
  worker.on('error', (error) => {
    context.log.error({ err: error }, 'settlement queue');
  });
  await sweep(context, queues, cutOver);
  const sweeps = context.clock.every(timing.sweepMs, () => sweep(context, queues, cutOver), {
    onError: (error) => {
      context.log.error({ err: error }, 'settlement sweep');
    },
  });
  return {
    close: async () => {
      await sweeps.stop();
      await worker.close();
    },
  };
}

async function processStep(context: StepContext, queues: Queues, job: StepJob, token?: string): Promise<unknown> {
  const { businessDay } = job.data;
  const name = job.name as StepName;
  try {
    const outcome = await runStep(context, name, job.data);
    await context.pool.query('update clearings set error = null where business_day = $1 and error is not null', [
      businessDay,
    ]);
    if (outcome.done) {
      if (name === 'close') await ring(context.pool, queues, businessDay);
      await job.updateProgress(100);
      return { step: name };
    }
    await job.updateProgress({ waiting: outcome.why });
    await queues.putOff(job, outcome.waitMs, token);
    throw new DelayedError();
  } catch (error) {
    if (error instanceof DelayedError) throw error;
    context.log.error({ err: error, businessDay, step: name, attempt: job.attemptsMade + 1 }, 'settlement step failed');
    await context.pool
      .query('update clearings set error = $2 where business_day = $1', [businessDay, `${name}: ${messageOf(error)}`])
      .catch(() => undefined); // the database may be what failed: the job's own record says so too
    throw error;
  }
}

/** Looks over all clearings that are not at their end. What fails is logged: the next sweep may do better. */
async function sweep(context: StepContext, queues: Queues, cutOver: CutOver | undefined): Promise<void> {
  const { pool, log } = context;
  try {
    if (cutOver !== undefined) {
      await scheduleCutOver(queues, cutOver);
      await cutOverDue(context, queues, cutOver);
    }
    for (const clearing of await openClearings(pool)) {
      if (await isRinging(queues, clearing)) continue;
      log.warn({ businessDay: clearing.businessDay, state: clearing.state }, 'clearing without a job: ringing again');
      await ring(pool, queues, clearing.businessDay);
    }
  } catch (error) {
    log.error({ err: error }, 'settlement sweep');
  }
}
