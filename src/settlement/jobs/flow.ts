import type { FlowJob } from 'bullmq';
import type { Pool } from 'pg';
import { getClearing, reached, type Clearing } from '../clearing/state.ts';
import type { Queues, StepData } from './queue.ts';
import type { StepName } from './steps.ts';

/** Rings for what is left of a clearing: a flow of jobs under a new round. Jobs of earlier rounds do no harm, since
 *  every step looks at the tables first; so it is safe to ring too often, and after any loss of the queue. */
export async function ring(pool: Pool, queues: Queues, day: string): Promise<void> {
  await pool.query(`update clearings set round = round + 1, touched_at = now() where business_day = $1`, [day]);
  const clearing = await getClearing(pool, day);
  if (clearing.state === 'settled') return;
  if (clearing.state === 'closing') await queues.flow.add(job(queues, clearing, 'close'));
  else await queues.flow.add(await remaining(pool, queues, clearing));
}

/** The tree: follow ← deliver ← release ← files ← net shards (a parent runs once its children are done). */
async function remaining(pool: Pool, queues: Queues, clearing: Clearing): Promise<FlowJob> {
  const { state } = clearing;
  const files = (children: FlowJob[]): FlowJob => job(queues, clearing, 'files', children);
  const release = (children: FlowJob[]): FlowJob => job(queues, clearing, 'release', children);
  const deliver = (children: FlowJob[]): FlowJob => job(queues, clearing, 'deliver', children);
  let tree: FlowJob[] = [];
  if (!reached(state, 'netted')) tree = await netJobs(pool, queues, clearing);
  if (!reached(state, 'written')) tree = [files(tree)];
  if (!reached(state, 'released')) tree = [release(tree)];
  if (!reached(state, 'delivered')) tree = [deliver(tree)];
  return job(queues, clearing, 'follow', tree);
}

async function netJobs(pool: Pool, queues: Queues, clearing: Clearing): Promise<FlowJob[]> {
  const { rows } = await pool.query<{ shard: number }>('select shard from clearing_shards where business_day = $1', [
    clearing.businessDay,
  ]);
  const done = new Set(rows.map((row) => row.shard));
  return Array.from({ length: clearing.shards }, (_, shard) => shard)
    .filter((shard) => !done.has(shard))
    .map((shard) => job(queues, clearing, 'net', undefined, shard));
}

function job(queues: Queues, clearing: Clearing, name: StepName, children?: FlowJob[], shard?: number): FlowJob {
  const { businessDay, round } = clearing;
  const data: StepData = shard === undefined ? { businessDay } : { businessDay, shard };
  return {
    name,
    queueName: queues.queue.name,
    data,
    opts: {
      jobId: jobId(businessDay, round, name, shard),
      attempts: 8,
      backoff: { type: 'exponential', delay: 500 },
      // A step that is given up fails the flow's root, where the sweep sees it and rings again.
      ...(name === 'follow' || name === 'close' ? {} : { failParentOnFailure: true }),
      removeOnComplete: { age: 7 * 86_400 },
      removeOnFail: { age: 30 * 86_400 },
    },
    ...(children === undefined ? {} : { children }),
  };
}

export function jobId(day: string, round: number, name: StepName, shard?: number): string {
  return `${day}.${round}.${name}${shard === undefined ? '' : `.${shard}`}`;
}

/** Whether the queue still holds a job that will carry the clearing on. */
export async function isRinging(queues: Queues, clearing: Clearing): Promise<boolean> {
  const root = clearing.state === 'closing' ? 'close' : 'follow';
  const found = await queues.queue.getJob(jobId(clearing.businessDay, clearing.round, root));
  if (found === undefined) return false;
  const state = await found.getState();
  return state !== 'failed' && state !== 'unknown' && state !== 'completed';
}
