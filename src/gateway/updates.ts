import { Counter, Gauge, type Registry } from 'prom-client';
import type pg from 'pg';
import { identityOf } from '../net/index.ts';
import type { Clock } from '../ops/clock.ts';
import { settingName, type Config } from '../ops/config.ts';
import { listenError } from '../ops/listen-error.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Parts } from '../ops/parts.ts';
import type { TlsTexts } from '../ops/tls-files.ts';
import type { TerminalAccess } from '../terminals/certificates/index.ts';
import {
  createUpdatesDoor,
  loadOnlineKeys,
  openUpdates,
  renewOnline,
  statusOf,
  tellShops,
  watchMinimums,
  watchRollouts,
  type OnlineKeys,
  type Updates,
} from '../updates/index.ts';
import type { Duty } from './duties.ts';

export interface UpdatesSide {
  readonly updates: Updates;
  setTls(tls: TlsTexts): void;
}

export interface UpdatesSideOptions {
  readonly config: Config;
  readonly pool: pg.Pool;
  readonly tls: TlsTexts;
  readonly access: TerminalAccess;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly parts: Parts;
}

/** What is counted of terminals' updates. */
export function updateMetrics(registry: Registry) {
  const registers = [registry];
  const attacks = new Counter({
    name: 'kalabarg_update_attacks_total',
    help: 'Attacks on their updates that terminals reported',
    labelNames: ['attack'],
    registers,
  });
  const requests = new Counter({
    name: 'kalabarg_update_requests_total',
    help: 'Requests of terminals for updates over HTTPS',
    labelNames: ['what', 'status'],
    registers,
  });
  return { attacks, requests };
}

/** When metadata ends. */
export function updateEndsGauge(registry: Registry) {
  return new Gauge({
    name: 'kalabarg_update_metadata_end_timestamp_seconds',
    help: 'When metadata of updates ends, Unix time; database',
    labelNames: ['role'],
    registers: [registry],
  });
}

/** What terminals are given of updates: HTTPS on a port of its own, and what the terminals' port says of them.
 *  @throws GatewayError where the port is taken, naming its setting */
export async function openUpdatesSide(options: UpdatesSideOptions): Promise<UpdatesSide> {
  const { config, pool, tls, access, clock, log, metrics, parts } = options;
  const { attacks, requests } = updateMetrics(metrics.registry);
  const updates = await parts.up(
    'updates',
    () =>
      openUpdates({ pool, dataDir: config.data, clock, log, onAttack: (attack) => { attacks.inc({ attack }); } }), // prettier-ignore
    (opened) => opened.close(),
  );
  if (config.updatesPort === 0) return { updates, setTls: () => undefined };
  const door = createUpdatesDoor({
    updates,
    clock,
    log,
    tls,
    identityOf: (socket) => {
      const identity = identityOf(socket);
      if (identity.kind !== 'terminal') return { refused: identity.reason };
      const barred = access.refusal(identity.terminal, identity.certificate);
      return barred === undefined ? identity : { refused: barred };
    },
    requestsPerSecond: config.updatesRequestsPerSecond,
    onRequest: (what, status) => {
      requests.inc({ what, status });
    },
  });
  await parts.up(
    'port of updates',
    async () => {
      try {
        await door.listen({ host: config.host, port: config.updatesPort });
      } catch (error) {
        throw listenError(error as NodeJS.ErrnoException, config.updatesPort, settingName('updatesPort'));
      }
    },
    () => door.close(),
  );
  log.info({ host: config.host, port: config.updatesPort }, 'listening for updates');
  return {
    updates,
    setTls: ({ ca, cert, key }) => {
      (door.server as { setSecureContext?: (of: TlsTexts) => void }).setSecureContext?.({ ca, cert, key });
    },
  };
}

/** The duties of updates: what is signed online, and rollouts. */
export function updateDuties({
  pool,
  dataDir,
  clock,
  log,
  metrics,
}: {
  readonly pool: pg.Pool;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}): readonly Duty[] {
  let keys: OnlineKeys | undefined;
  const ends = updateEndsGauge(metrics.registry);
  return [
    {
      name: 'signing of updates',
      everyMs: 1_000, // how soon devices hear of a change
      work: async () => {
        keys ??= loadOnlineKeys(dataDir);
        if (keys === undefined) return; // another copy has them, or nothing was ever published
        const version = await renewOnline(pool, keys, clock.now());
        if (version !== undefined) log.info({ version }, 'a timestamp of updates was signed');
        metrics.dutyDone.setToCurrentTime({ duty: 'updates' });
      },
      failed: 'updates could not be signed; they are tried again',
      toldOnce: true,
    },
    {
      name: 'rollouts',
      everyMs: 60_000,
      work: async () => {
        for (const { rollout, verdict } of await watchRollouts(pool, { now: clock.now() }))
          if (verdict.kind === 'halt')
            log.error({ rollout, why: verdict.why }, 'ALARM: a rollout has halted by itself');
          else if (verdict.kind !== 'wait') log.info({ rollout, verdict: verdict.kind }, 'rollout');
        metrics.dutyDone.setToCurrentTime({ duty: 'rollouts' });
      },
      failed: 'rollouts could not be looked at; they are tried again',
    },
    {
      name: 'minimum versions',
      everyMs: 60_000,
      work: async () => {
        await watchMinimums(pool, clock.now());
        const told = await tellShops(pool, clock.now());
        if (told > 0) log.info({ shops: told }, 'shops were told of terminals below a minimum version');
        metrics.dutyDone.setToCurrentTime({ duty: 'minimums' });
      },
      failed: 'minimum versions could not be looked at; they are tried again',
    },
    {
      name: 'ends of metadata',
      everyMs: 900_000,
      first: 'now',
      work: async () => {
        ends.reset();
        for (const { role, expires, state } of await statusOf(pool, clock.now())) {
          ends.set({ role }, Date.parse(expires) / 1_000);
          if (state === 'ended')
            log.error({ role, expires }, 'ALARM: metadata of updates has ended: nothing is updated by it');
          if (state === 'soon') log.warn({ role, expires }, 'metadata of updates ends soon: docs/updates.md');
        }
      },
      failed: 'ends of metadata could not be read; they are tried again',
    },
  ];
}
