import type pg from 'pg';
import { followDatabaseClock } from '../ledger/index.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { createMetrics, type Metrics } from '../ops/metrics.ts';
import { createReadiness, watchReadiness, type Readiness } from '../ops/readiness.ts';
import { SERVED, type Served } from '../ops/serving.ts';
import { VERSION } from '../ops/version.ts';
import { keepCertificates, type CertificateKeeper } from './certificates.ts';
import { poolOf } from './database.ts';
import type { Gateway, GatewayOptions } from './options.ts';

const READY_TIMEOUT_MS = 30_000;

/** What every process of the gateway stands on, whatever it serves. */
export interface Foundation {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly pool: pg.Pool;
  /** Follows the database's time; until then, and without one, this machine's.
   *  @throws GatewayError `stopped`, `database.*` */
  followClock(): Promise<Clock>;
  /** Looks at readiness from now on.
   *  @param faults what keeps this process from serving */
  begin(faults: Parameters<Readiness['begin']>[0]): void;
  ready: Gateway['ready'];
}

/** @throws GatewayError `stopped` */
export async function openFoundation(options: GatewayOptions, serves: readonly Served[]): Promise<Foundation> {
  const { databaseUrl, parts, workers, member } = options;
  const { log } = options.logging;
  const startedAt = options.clock.monotonic();
  log.info(
    { version: VERSION, node: process.versions.node, pid: process.pid, serves: serves.join(' '), workers },
    member === undefined ? 'kalabarg-gateway starts' : 'worker starts',
  );
  const metrics = createMetrics(() => options.logging.counts());
  for (const part of SERVED) metrics.serves.set({ part }, serves.includes(part) ? 1 : 0);
  const readiness = createReadiness(parts.stopping, options.clock);
  const pool = await parts.up(
    'database pool',
    () => poolOf(databaseUrl, log),
    (opened) => opened.end(),
  );
  let clock = options.clock;
  const onDrift = (seconds: number): void => {
    metrics.clockDrift.set(seconds);
  };
  return {
    log,
    metrics,
    readiness,
    pool,
    followClock: async () =>
      (clock = await parts.up(
        'clock',
        () => followDatabaseClock({ pool, own: options.clock, log, onDrift }),
        (followed) => followed.close(),
      )),
    begin: (faults) => {
      readiness.begin(faults);
      const watch = watchReadiness(readiness, log, clock, startedAt);
      parts.add('readiness', () => watch.stop());
    },
    ready: () => readiness.reached(READY_TIMEOUT_MS),
  };
}

/** Serves with the certificates of the settings, and with what is put there later.
 *  @returns undefined where there are none
 *  @throws GatewayError `certificate.invalid` */
export async function bringCertificates(
  { certificates: files, clock, parts }: GatewayOptions,
  { log, metrics }: Foundation,
): Promise<CertificateKeeper | undefined> {
  if (files === undefined) return undefined;
  return parts.up(
    'certificates',
    () => keepCertificates(files, { clock, log, metrics }),
    (kept) => kept.close(),
  );
}
