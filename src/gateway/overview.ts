import type pg from 'pg';
import { openTraffic, type Traffic } from '../overview/index.ts';
import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Random } from '../ops/random.ts';
import type { Served } from '../ops/serving.ts';
import { VERSION } from '../ops/version.ts';

export interface CopyTrafficOptions {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly random: Random;
  readonly serves: readonly Served[];
  readonly metrics: Metrics;
  readonly log: Log;
}

/** What this copy answers, and what it says of itself. */
export function copyTraffic({ pool, clock, random, serves, metrics, log }: CopyTrafficOptions): Traffic {
  const valueOf = async (gauge: Metrics['connections']): Promise<number> => (await gauge.get()).values[0]?.value ?? 0;
  return openTraffic({
    pool,
    clock,
    copy: random.uuid(),
    state: async () => ({
      version: VERSION,
      serves,
      connections: await valueOf(metrics.connections),
      bankLinks: await valueOf(metrics.bankLinks),
      driftMs: (await valueOf(metrics.clockDrift)) * 1_000,
    }),
    onError: (error) => {
      log.warn(
        { error: messageOf(error) },
        'what was answered could not be written for the overview; it is tried again',
      );
    },
  });
}
