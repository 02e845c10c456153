import { openQueues, type Queues, type QueueSource, type StepQueue } from './queue.ts';

/** The queues of settlement, as far as people look at them. Opened on the first look. */
export interface Jobs {
  /** How many jobs are in each state. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** @param state undefined: of every state */
  list(state: string | undefined): Promise<JobsSeen>;
  queue(): Promise<StepQueue>;
  close(): Promise<void>;
}

export interface JobsSeen {
  readonly backend: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly items: readonly JobSeen[];
}

export interface JobSeen {
  readonly id: string;
  readonly step: string;
  readonly businessDay: string | null;
  readonly shard: number | null;
  readonly state: string;
  readonly attempts: number;
  readonly at: string;
  readonly error: string | null;
}

const STATES = ['active', 'waiting', 'delayed', 'failed', 'waiting-children', 'completed'] as const;
type State = (typeof STATES)[number];
const MOST = 100;

export function lookAtJobs(source: QueueSource): Jobs {
  let opened: Promise<Queues> | undefined;
  const queues = (): Promise<Queues> => {
    opened ??= openQueues(source).catch((error: unknown) => {
      opened = undefined; // the next look tries again
      throw error;
    });
    return opened;
  };
  const counts = async (): Promise<Readonly<Record<string, number>>> => (await queues()).queue.getJobCounts(...STATES);
  return {
    counts,
    list: async (state) => {
      const { backend, queue } = await queues();
      const found = await Promise.all(
        STATES.filter((each) => state === undefined || each === state).map(async (each) => jobsOf(queue, each)),
      );
      const items = found.flat().sort((one, other) => (one.at < other.at ? 1 : -1));
      return { backend, counts: await counts(), items: items.slice(0, MOST) };
    },
    queue: async () => (await queues()).queue,
    close: async () => {
      await (await opened)?.close();
    },
  };
}

async function jobsOf(queue: StepQueue, state: State): Promise<JobSeen[]> {
  const jobs = await queue.getJobs([state], 0, MOST - 1, false);
  return jobs.map((job) => ({
    id: job.id ?? '',
    step: job.name,
    businessDay: job.data.businessDay,
    shard: job.data.shard ?? null,
    state,
    attempts: job.attemptsMade,
    at: new Date(job.timestamp).toISOString(),
    error: (job.failedReason as string | undefined)?.slice(0, 500) ?? null, // the type forgets jobs that never failed
  }));
}
