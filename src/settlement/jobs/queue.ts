import type { EventEmitter } from 'node:events';
import { createPostgresBackend, createRedisBackend, DEFAULT_SCHEMA, runMigrations, withBackend } from 'bullmq';
import type { FlowProducer, Job, PostgresConnectionOptions, Processor, Queue, Worker } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import type pg from 'pg';
import { systemClock } from '../../ops/clock.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError, reasonOf } from '../../ops/errors.ts';

/** The job queues: BullMQ on the gateway's PostgreSQL, or on Redis when `redisUrl` is given (decision 2).
 *  They are a doorbell only: what is to be done, and what is done, stands in the clearing tables. */

export interface StepData {
  readonly businessDay: string;
  /** Of the net step: which shard. */
  readonly shard?: number;
}

export type StepJob = Job<StepData, unknown>;
export type StepQueue = Queue<StepData>;

export interface Queues {
  readonly backend: 'postgres' | 'redis' | 'redis-cluster' | 'redis-sentinel';
  readonly queue: StepQueue;
  readonly flow: FlowProducer;
  /** Starts taking jobs. A job whose worker was killed runs again after `lockMs`. */
  work(processor: Processor<StepData>, options: WorkOptions): Worker<StepData>;
  /** Puts a job that is at work off for `ms`. */
  putOff(job: StepJob, ms: number, token?: string): Promise<void>;
  close(): Promise<void>;
}

export interface WorkOptions {
  readonly concurrency: number;
  readonly lockMs: number;
}

export interface QueueSource {
  readonly databaseUrl: string;
  /** Empty: PostgreSQL. `redis://`, `rediss://`, `redis+sentinel://a:26379,b:26379/mymaster`, `redis+cluster://a:7000,b:7001`. */
  readonly redisUrl: string;
  /** Prefix of the keys on Redis; runs with different ones do not meet. */
  readonly prefix?: string;
}

const QUEUE_NAME = 'settlement';
const DEFAULT_PREFIX = 'kalabarg';
const POOL_SIZE = 8;

/** Opens the queues, creating BullMQ's tables on PostgreSQL where they are missing (its own migrations, in a schema of
 *  their own). Close every worker before the queues.
 *  @throws GatewayError `queue.address` for a `REDIS_URL` that cannot be read */
export async function openQueues(source: QueueSource): Promise<Queues> {
  return source.redisUrl === ''
    ? openOnPostgres(source.databaseUrl)
    : openOnRedis(source.redisUrl, source.prefix ?? DEFAULT_PREFIX);
}

/** Makes BullMQ's tables on PostgreSQL, or brings them to the version of today, for a gateway whose own role may not. */
export async function migrateQueues(owner: pg.Pool): Promise<void> {
  const client = await owner.connect();
  let done = false;
  try {
    await client.query(`set search_path = ${DEFAULT_SCHEMA}`);
    await runMigrations(client);
    await client.query('reset search_path');
    done = true;
  } finally {
    client.release(!done);
  }
}

async function openOnPostgres(databaseUrl: string): Promise<Queues> {
  // In ESM BullMQ cannot load `pg` itself: it gets a pool, whose search_path must name its schema.
  const pool = openPool(databaseUrl, POOL_SIZE, { search_path: DEFAULT_SCHEMA });
  pool.on('error', () => undefined); // an idle connection that broke is replaced; a query that fails says so itself
  const client = await pool.connect();
  try {
    // A role of a duty may not: the owner made them (kalabarg db roles).
    const may = await client.query<{ may: boolean }>(
      `select has_database_privilege(current_database(), 'create') as may`,
    );
    if (may.rows[0]?.may === true) await runMigrations(client);
  } finally {
    client.release();
  }
  const classes = withBackend(createPostgresBackend);
  const connection = pool as unknown as PostgresConnectionOptions; // a pool it is; only its overloads confuse the check
  const queue = new classes.Queue<StepData>(QUEUE_NAME, { connection });
  const flow = new classes.FlowProducer({ connection });
  quiet(queue, flow);
  return {
    backend: 'postgres',
    queue: queue as unknown as StepQueue,
    flow: flow as unknown as FlowProducer,
    work: (processor, options) =>
      new classes.Worker<StepData>(QUEUE_NAME, processor, {
        connection,
        ...timing(options),
      }) as unknown as Worker<StepData>,
    putOff,
    close: async () => {
      await flow.close();
      await queue.close();
      await pool.end();
    },
  };
}

function openOnRedis(redisUrl: string, name: string): Queues {
  const { backend, client } = connectRedis(redisUrl);
  const classes = withBackend(createRedisBackend);
  // On a cluster all keys of a queue must live in one slot: the braces make the prefix the hash tag.
  const prefix = backend === 'redis-cluster' ? `{${name}}` : name;
  const connection = client;
  const queue = new classes.Queue<StepData>(QUEUE_NAME, { connection, prefix });
  const flow = new classes.FlowProducer({ connection, prefix });
  quiet(queue, flow);
  return {
    backend,
    queue,
    flow,
    work: (processor, options) =>
      new classes.Worker<StepData>(QUEUE_NAME, processor, { connection, prefix, ...timing(options) }),
    putOff,
    close: async () => {
      await flow.close();
      await queue.close();
      client.disconnect();
    },
  };
}

/** By the machine's clock, whatever clock the gateway follows: it is the one that BullMQ compares with. */
function putOff(job: StepJob, ms: number, token?: string): Promise<void> {
  return job.moveToDelayed(systemClock.now() + ms, token);
}

/** A lost connection is found again by itself, and a call that fails meanwhile says so to its caller: without a listener
 *  BullMQ would print each on the console. */
function quiet(...emitters: readonly EventEmitter[]): void {
  for (const emitter of emitters) emitter.on('error', () => undefined);
}

/** Stalled jobs are looked for as often as a lock lasts; a job may stall often before it is given up: a crash is no fault of it. */
function timing(options: WorkOptions) {
  return {
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: Math.max(250, Math.floor(options.lockMs / 2)),
    maxStalledCount: 100,
  };
}

/** How the Redis of the queues is, for the doctor. It is asked once: a Redis that is away is not waited for.
 *  @returns `fault`: why it does not answer */
export async function redisHealth(url: string): Promise<{ fault?: string; policy: string; failed: number }> {
  const { backend, client } = connectRedis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  quiet(client);
  try {
    await client.ping();
    const prefix = backend === 'redis-cluster' ? `{${DEFAULT_PREFIX}}` : DEFAULT_PREFIX;
    const [, policy = ''] = await client.config('GET', 'maxmemory-policy');
    return { policy, failed: await client.zcard(`${prefix}:${QUEUE_NAME}:failed`) };
  } catch (error) {
    return { fault: reasonOf(error), policy: '', failed: 0 };
  } finally {
    client.disconnect();
  }
}

function connectRedis(
  url: string,
  options: { maxRetriesPerRequest: number | null; retryStrategy?: () => null } = { maxRetriesPerRequest: null },
): { backend: Queues['backend']; client: Redis | Cluster } {
  const match = /^(redis|rediss|redis\+sentinel|redis\+cluster):\/\/([^/]+)(?:\/(.*))?$/.exec(url);
  const hosts = match?.[2] ?? '';
  const path = match?.[3] ?? '';
  switch (match?.[1]) {
    case 'redis':
    case 'rediss':
      return { backend: 'redis', client: new Redis(url, options) };
    case 'redis+cluster':
      return { backend: 'redis-cluster', client: new Cluster(nodes(hosts), { redisOptions: options }) };
    case 'redis+sentinel':
      return {
        backend: 'redis-sentinel',
        client: new Redis({ ...options, sentinels: nodes(hosts), name: path === '' ? 'mymaster' : path }),
      };
    default:
      throw new GatewayError(
        'queue.address',
        'REDIS_URL must be redis://host:6379, rediss://…, redis+sentinel://a:26379,b:26379/master or redis+cluster://a:7000,b:7001.',
      );
  }
}

/** `a:7000,b:7001` */
function nodes(hosts: string): { host: string; port: number }[] {
  return hosts.split(',').map((each) => {
    const [host = '', port = '6379'] = each.split(':');
    return { host, port: Number(port) };
  });
}
