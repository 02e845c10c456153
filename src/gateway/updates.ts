import { Counter, Gauge, type Registry } from 'prom-client';
import type pg from 'pg';
import { identityOf } from '../net/index.ts';
import type { Clock } from '../ops/clock.ts';
import { settingName, type Config } from '../ops/config.ts';
import { messageOf } from '../ops/errors.ts';
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

/** How soon devices hear of a change. */
const SIGN_EVERY_MS = 1_000;
const ROLLOUTS_EVERY_MS = 60_000;
const MINIMUMS_EVERY_MS = 60_000;
const GAUGES_EVERY_MS = 15 * 60_000;

/** The duties of updates: what is signed online, and rollouts. */
export function runUpdateDuties({
  pool,
  config,
  duties,
  clock,
  log,
  metrics,
  parts,
}: Omit<UpdatesSideOptions, 'tls' | 'access'> & { readonly duties: Pick<Clock, 'every'> }): void {
  let keys: OnlineKeys | undefined;
  let told = ''; // the same fault every second is told once
  const signing = duties.every(
    SIGN_EVERY_MS,
    async () => {
      keys ??= loadOnlineKeys(config.data);
      if (keys === undefined) return; // another copy has them, or nothing was ever published
      const version = await renewOnline(pool, keys, clock.now());
      if (version !== undefined) log.info({ version }, 'a timestamp of updates was signed');
      metrics.dutyDone.setToCurrentTime({ duty: 'updates' });
      told = '';
    },
    {
      onError: (error) => {
        if (told !== messageOf(error))
          log.error({ error: messageOf(error) }, 'updates could not be signed; they are tried again');
        told = messageOf(error);
      },
    },
  );
  parts.add('signing of updates', () => signing.stop());
  const rollouts = duties.every(
    ROLLOUTS_EVERY_MS,
    async () => {
      for (const { rollout, verdict } of await watchRollouts(pool, { now: clock.now() }))
        if (verdict.kind === 'halt') log.error({ rollout, why: verdict.why }, 'ALARM: a rollout has halted by itself');
        else if (verdict.kind !== 'wait') log.info({ rollout, verdict: verdict.kind }, 'rollout');
      metrics.dutyDone.setToCurrentTime({ duty: 'rollouts' });
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'rollouts could not be looked at; they are tried again');
      },
    },
  );
  parts.add('rollouts', () => rollouts.stop());
  const minimums = duties.every(
    MINIMUMS_EVERY_MS,
    async () => {
      await watchMinimums(pool, clock.now());
      const told = await tellShops(pool, clock.now());
      if (told > 0) log.info({ shops: told }, 'shops were told of terminals below a minimum version');
      metrics.dutyDone.setToCurrentTime({ duty: 'minimums' });
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'minimum versions could not be looked at; they are tried again');
      },
    },
  );
  parts.add('minimum versions', () => minimums.stop());
  const ends = updateEndsGauge(metrics.registry);
  const gauges = duties.every(
    GAUGES_EVERY_MS,
    async () => {
      ends.reset();
      for (const { role, expires, state } of await statusOf(pool, clock.now())) {
        ends.set({ role }, Date.parse(expires) / 1_000);
        if (state === 'ended')
          log.error({ role, expires }, 'ALARM: metadata of updates has ended: nothing is updated by it');
        if (state === 'soon') log.warn({ role, expires }, 'metadata of updates ends soon: docs/updates.md');
      }
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'ends of metadata could not be read; they are tried again');
      },
      first: 'now',
    },
  );
  parts.add('ends of metadata', () => gauges.stop());
}
