import { createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openRecorder } from './capture/index.ts';
import { compile, loadSpec } from './codec/index.ts';
import type { DeskOptions } from './console/desk.ts';
import { createHttp } from './console/http.ts';
import { doubtBook } from './handlers/bank/doubts.ts';
import { openBank, type Bank } from './handlers/bank/index.ts';
import { createPipeline } from './handlers/pipeline.ts';
import type { Hsm } from './hsm/hsm.ts';
import { observed, openHsm } from './hsm/index.ts';
import { followDatabaseClock, migrate, openLedger, seedDemo } from './ledger/index.ts';
import { openBdks } from './merchants/bdks.ts';
import { openTerminalDirectory } from './merchants/directory.ts';
import { bankZmk, injectDemoKeys } from './merchants/hsm-keys.ts';
import { listenError, listenForTerminals, type Listener } from './net/listener.ts';
import type { Certificates } from './ops/certificates.ts';
import type { Clock } from './ops/clock.ts';
import { settingName, type Config } from './ops/config.ts';
import { assertServer, openClient, openPool } from './ops/database.ts';
import { DEMO_TERMINALS, DEMO_ZMK } from './ops/demo.ts';
import { GatewayError, messageOf } from './ops/errors.ts';
import { loadOrCreateKey } from './ops/keyfile.ts';
import type { Log } from './ops/log.ts';
import { startSettlement } from './settlement/service.ts';
import { loadSettings } from './settlement/settings.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly certificates: Certificates;
  readonly clock: Clock;
  readonly log: Log;
  /** Seed the demo programme and its terminal keys. */
  readonly demo: boolean;
}

export interface Gateway {
  readonly terminalPort: number;
  /** Resolves when purchases can be made.
   *  @throws GatewayError `gateway.not-ready` after 30 s, saying what is missing */
  ready(): Promise<void>;
  /** Answers what is in flight for at most `graceMs`, then closes everything. */
  close(graceMs: number): Promise<void>;
}

const POOL_SIZE = 16;
const READY_TIMEOUT_MS = 30_000;
/** How often holds, quotes and credit past their end are looked for. */
const EXPIRE_EVERY_MS = 5_000;

/** The one place where the parts are put together. Opening order is the order of dependence; closing is the reverse. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log } = options;
  const metrics = createMetrics();
  const secrets = join(config.data, 'secrets');
  const panKey = loadOrCreateKey(join(secrets, 'pan.key'));
  const hashPan = (pan: string): Buffer => createHmac('sha256', panKey).update(pan).digest();
  const hsm = observed(await openHsm(config), metrics.registry);
  const { backend, detail } = await hsm.status();
  log.info({ backend, detail }, 'HSM');
  const pool = openPool(options.databaseUrl, POOL_SIZE);
  pool.on('error', (error) => {
    log.error({ error: error.message }, 'an idle database connection was lost');
  });
  await assertServer(pool, options.databaseUrl);
  await migrate(pool);
  const clock = await followDatabaseClock({
    pool,
    own: options.clock,
    log,
    onDrift: (seconds) => {
      metrics.clockDrift.set(seconds);
    },
  });
  if (options.demo) {
    await seedDemo(pool, { panHash: hashPan, now: clock.now() });
    await injectDemoKeys(pool, hsm, DEMO_TERMINALS);
  }
  const zmk = await bankZmk(pool, hsm, config, DEMO_ZMK).catch(async (error: unknown) => {
    await pool.end();
    await hsm.close();
    throw error;
  });
  const ledger = openLedger({
    pool,
    clock,
    onBatch: (size) => {
      metrics.batchSize.observe(size);
    },
  });
  const directory = await openTerminalDirectory(pool, () => openClient(options.databaseUrl));
  const recorder = openRecorder({ data: config.data, key: () => loadOrCreateKey(join(secrets, 'capture.key')), log });
  const doubts = doubtBook(pool);
  const codec = compile(loadSpec('kalabarg-pos'));
  const bank = openBank({
    config,
    ledger,
    doubts,
    hsm,
    zmk,
    clock,
    log,
    metrics,
    terminals: codec,
    onFrame: recorder.bank,
  });
  const contentKey = Buffer.from(hkdfSync('sha256', panKey, '', 'request content', 32));
  const ports = {
    codec,
    ledger,
    bank,
    hsm,
    directory,
    bdks: openBdks(pool),
    clock,
    log,
    metrics,
    hashPan,
    bankTimeoutMs: config.bankTimeoutMs,
  };
  const listener = await listen(options, metrics, recorder.terminals(createPipeline(ports, contentKey)));
  const desk = { pool, dataDir: config.data, clock, log, remote: loadSettings(config.data).desk.remote };
  const http = await openHttp(config, metrics, desk, async () => notReady(pool, bank, hsm));
  const expiry = repeat(() => ledger.expire(options.clock.now()), EXPIRE_EVERY_MS, log);
  const { databaseUrl } = options;
  const settlement = await startSettlement({
    pool,
    databaseUrl,
    redisUrl: config.redisUrl,
    dataDir: config.data,
    clock,
    ownClock: options.clock,
    log,
  });

  return {
    terminalPort: listener.port,
    ready: async () => {
      const patience = Date.now() + READY_TIMEOUT_MS;
      for (;;) {
        const missing = await notReady(pool, bank, hsm);
        if (missing.length === 0) return;
        if (Date.now() > patience) throw new GatewayError('gateway.not-ready', `not ready: ${missing.join('; ')}`);
        await sleep(50);
      }
    },
    close: async (graceMs) => {
      await listener.close(graceMs);
      await expiry.stop();
      await settlement.close();
      await bank.close();
      await recorder.close();
      await http.close();
      await ledger.close();
      await directory.close();
      await clock.close();
      await pool.end();
      await hsm.close();
    },
  };
}

function listen(
  options: GatewayOptions,
  metrics: Metrics,
  handle: ReturnType<typeof createPipeline>,
): Promise<Listener> {
  const { config, certificates, log } = options;
  return listenForTerminals({
    host: config.host,
    port: config.terminalPort,
    portSetting: settingName('terminalPort'),
    maxConnections: config.maxConnections,
    tpdu: config.tpdu,
    maxFrameBytes: config.maxFrameBytes,
    idleTimeoutMs: config.idleTimeoutMs,
    tls: {
      ca: readFileSync(certificates.ca, 'utf8'),
      cert: readFileSync(certificates.server.cert, 'utf8'),
      key: readFileSync(certificates.server.key, 'utf8'),
    },
    handle,
    onConnections: (count) => {
      metrics.connections.set(count);
    },
    onRefused: (reason, peer) => {
      metrics.refusedFrames.inc({ reason: 'closed' });
      log.warn({ terminal: peer.terminal, remote: peer.remote, reason }, 'connection closed');
    },
    onHandshakeError: (reason) => {
      metrics.refusedFrames.inc({ reason: 'tls' });
      log.warn({ reason }, 'TLS handshake refused');
    },
  });
}

async function openHttp(
  config: Config,
  metrics: Metrics,
  desk: DeskOptions,
  check: () => Promise<string[]>,
): Promise<{ close(): Promise<void> }> {
  const http = createHttp({ registry: metrics.registry, notReady: check, desk });
  try {
    await http.listen({ host: config.host, port: config.httpPort });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, config.httpPort, settingName('httpPort'));
  }
  return { close: () => http.close() };
}

async function notReady(pool: pg.Pool, bank: Bank, hsm: Hsm): Promise<string[]> {
  const reasons: string[] = [];
  try {
    await pool.query('select 1');
  } catch (error) {
    reasons.push(`database: ${messageOf(error)}`);
  }
  if (!bank.ready()) reasons.push('bank switch: no link is signed on');
  const { ready, detail } = await hsm.status();
  if (!ready) reasons.push(`HSM: ${detail}`);
  return reasons;
}

/** Runs `work` over and over with a pause between; a failure is logged and does not end the loop. */
function repeat(work: () => Promise<void>, everyMs: number, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = (async () => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: stopping.signal });
      await work().catch((error: unknown) => {
        log.error({ error: messageOf(error) }, 'expiry failed; it runs again');
      });
    }
  })().catch(() => undefined); // the pause was aborted: stopping
  return {
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}
