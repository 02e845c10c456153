import { systemClock } from '../ops/clock.ts';
import { loadConfig, type Config } from '../ops/config.ts';
import { openPool } from '../ops/database.ts';
import { createLog } from '../ops/log.ts';
import { databaseUrl } from '../ops/runtime.ts';
import { openQueues, type Queues } from './jobs/queue.ts';
import type { StepContext } from './jobs/steps.ts';
import { loadSettings } from './settings.ts';
import { courierOf } from './transfer/courier.ts';

/** Settlement's parts for a command: on the database of the configuration, or of the gateway that runs there. */
export interface Settlement {
  readonly config: Config;
  readonly context: StepContext;
  /** Opened on first use: most commands need no queue. */
  queues(): Promise<Queues>;
}

const POOL_SIZE = 8;

/** Opens settlement for one command, and closes it again.
 *  @param urlOf as whom: left out, the gateway's role
 *  @param actor whose act it is: the audit of what it does in the database says so
 *  @throws GatewayError `database.unknown` when no gateway runs and no database is configured */
export async function withSettlement(
  body: (settlement: Settlement) => Promise<void>,
  urlOf: (config: Config) => string = databaseUrl,
  actor?: string,
): Promise<void> {
  const config = loadConfig();
  const url = urlOf(config);
  const pool = openPool(url, POOL_SIZE, actor === undefined ? {} : { 'kalabarg.actor': actor });
  pool.on('error', () => undefined); // a query on a lost connection says so itself
  let queues: Promise<Queues> | undefined;
  const log = createLog(config.logLevel === 'info' ? 'error' : config.logLevel);
  try {
    await body({
      config,
      context: {
        pool,
        dataDir: config.data,
        clock: systemClock,
        log,
        ...courierOf(loadSettings(config.data), systemClock),
      },
      queues: () => (queues ??= openQueues({ databaseUrl: url, redisUrl: config.redisUrl })),
    });
  } finally {
    await (await queues)?.close();
    await pool.end();
  }
}
