import type pg from 'pg';
import { startMessages } from '../messages/index.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { startRegistries } from '../registries/index.ts';
import { startSettlement } from '../settlement/index.ts';
import type { OpenTraces } from '../traces/index.ts';
import type { GatewayOptions } from './options.ts';
import { tracePaid } from './trace-paid.ts';

export interface JobOptions {
  readonly pool: pg.Pool;
  /** Shared by the copies. */
  readonly panKey: Buffer;
  /** As the database has it. */
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Undefined: nothing is traced. */
  readonly traces: OpenTraces | undefined;
}

/** The services of the process that serves `jobs`: messages to people, questions to registries, the money of closed days. */
export async function startJobs(
  { config, databaseUrl, clock: ownClock, registries, parts }: GatewayOptions,
  { pool, panKey, clock, log, metrics, traces }: JobOptions,
): Promise<void> {
  const { data: dataDir, redisUrl } = config;
  const { registry } = metrics;
  await parts.up(
    'messages',
    () => startMessages({ pool, dataDir, shared: panKey, clock, log, registry }),
    (messages) => messages.close(),
  );
  await parts.up(
    'registries',
    () => startRegistries({ pool, dataDir, otherwise: registries, clock, log, metrics: registry }),
    (asking) => asking.close(),
  );
  const onDelivered = async (day: string): Promise<void> => {
    if (traces !== undefined) await tracePaid(pool, traces, day, clock.now());
  };
  await parts.up(
    'settlement',
    () => startSettlement({ pool, databaseUrl, redisUrl, dataDir, clock, ownClock, log, onDelivered }),
    (service) => service.close(),
  );
}
