import { createHmac, hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { openRecorder } from '../capture/index.ts';
import { authorityOf, followApprovals } from '../enrolment/index.ts';
import { doubtBook } from '../handlers/bank/doubts.ts';
import { openBank, type Bank } from '../handlers/bank/index.ts';
import { block, guardRules, openGuard } from '../handlers/guard/index.ts';
import { createPipeline } from '../handlers/index.ts';
import { type Hsm, lmkPlace, observed, openHsm } from '../hsm/index.ts';
import { DUTIES, followDatabaseClock, openLedger, openPanKey, seedDemo } from '../ledger/index.ts';
import { openBdks, openTerminalDirectory, bankZmk, injectDemoKeys, checkedLmk, hasTokens } from '../merchants/index.ts';
import { openTerminalPorts } from '../net/index.ts';
import type { Certificates } from '../ops/certificate-check.ts';
import type { Clock } from '../ops/clock.ts';
import type { Config } from '../ops/config.ts';
import { openClient } from '../ops/database.ts';
import { databaseHealth } from '../ops/database-health.ts';
import { DEMO_TERMINALS, DEMO_TRANSPORT, DEMO_TRANSPORT_KEY, DEMO_ZMK } from '../demo/index.ts';
import { messageOf } from '../ops/errors.ts';
import { loadOrCreateKey } from '../ops/keyfile.ts';
import type { Logging } from '../ops/log.ts';
import { openPeople, signInDemoPeople, type People } from '../people/index.ts';
import { startSettlement, loadSettings } from '../settlement/index.ts';
import { ownerKeys } from '../owners/index.ts';
import { startMessages } from '../messages/index.ts';
import { runShopDuties } from '../shops/index.ts';
import { runSignals } from '../signals/index.ts';
import { createMetrics } from '../ops/metrics.ts';
import type { Parts } from '../ops/parts.ts';
import type { Random } from '../ops/random.ts';
import { createReadiness, watchReadiness } from '../ops/readiness.ts';
import { readTls } from '../ops/tls-files.ts';
import { VERSION } from '../ops/version.ts';
import { NATIVE, openProfiles } from '../profiles/index.ts';
import { asOwner, bringTables, poolOf } from './database.ts';
import { openHttp, openPublic } from './http.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  /** The same as the owner of the tables, who brings them to this version; empty: the role of databaseUrl is it, or they are. */
  readonly ownerDatabaseUrl: string;
  readonly certificates: Certificates;
  readonly clock: Clock;
  readonly random: Random;
  readonly logging: Logging;
  /** Seed the demo programme and its terminal keys. */
  readonly demo: boolean;
  /** What comes up is put here; whoever starts the gateway closes them, also where a later one cannot come up. */
  readonly parts: Parts;
}

export interface Gateway {
  readonly terminalPort: number;
  /** Resolves when purchases can be made.
   *  @throws GatewayError `gateway.not-ready` after 30 s, saying what is missing */
  ready(): Promise<void>;
  /** Reads the certificates again: new connections get the new ones.
   *  @throws GatewayError `certificate.invalid`; then the old ones stay */
  reload(): void;
}

const READY_TIMEOUT_MS = 30_000;
/** How long what terminals asked may still be answered at a stop. */
const DRAIN_MS = 5_000;
/** How often what time brings is looked for: quotes and credit past their end, charges that are due. */
const HOUSEKEEP_EVERY_MS = 5_000;
/** How often what time brings for shops is looked for. */
const SHOPS_EVERY_MS = 30_000;
/** What follows an approval is looked for so often. */
const APPROVALS_EVERY_MS = 5_000;
/** A closed day that the rules have not looked at is looked for so often. */
const SIGNALS_EVERY_MS = 60_000;

/** The one place where the parts are put together. Opening order is the order of dependence; closing is the reverse.
 *  @throws GatewayError `stopped`, and what keeps a part from coming up */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, databaseUrl, ownerDatabaseUrl, parts, random } = options;
  const { log } = options.logging;
  const startedAt = options.clock.monotonic();
  log.info({ version: VERSION, node: process.versions.node, pid: process.pid }, 'kalabarg-gateway starts');
  const tls = readTls(options.certificates, options.clock.now());
  const metrics = createMetrics(() => options.logging.counts());
  const readiness = createReadiness(parts.stopping, options.clock);
  const pool = await parts.up(
    'database pool',
    () => poolOf(databaseUrl, log),
    (opened) => opened.end(),
  );
  // Before everything that takes time: a supervisor sees that the process lives and what it waits for.
  let time = options.clock; // until the database's is followed
  const deskClock = { ...options.clock, now: () => time.now() };
  let people = undefined as People | undefined; // once there are tables, and the key that copies share
  const desk = { pool, dataDir: config.data, clock: deskClock, log, remote: loadSettings(config.data).desk.remote };
  const certifying = { authority: authorityOf(config, options.demo), random: random.bytes };
  await parts.up(
    'HTTP',
    () =>
      openHttp(
        config,
        metrics,
        { clock: options.clock, random, desk, api: { people: () => people, log, certifying } },
        readiness,
        log,
      ),
    (http) => http.close(),
  );
  const secrets = join(config.data, 'secrets');
  await parts.up('tables', () =>
    bringTables({ pool, databaseUrl, ownerDatabaseUrl, demo: options.demo, allowOwner: config.allowOwner, log }),
  );
  const panKey = await openPanKey(pool, config.data, (file) => {
    log.warn({ file }, 'made: the key that PANs are hashed with. Back it up; every copy of the gateway needs the same');
  });
  people = openPeople(pool, panKey, deskClock);
  const hashPan = (pan: string): Buffer => createHmac('sha256', panKey).update(pan).digest();
  const hsm = await parts.up(
    'HSM',
    async () => observed(await openHsm(config, !(await hasTokens(pool)), options), metrics.registry, options.clock),
    (opened) => opened.close(),
  );
  const { backend, detail } = await hsm.status();
  log.info({ backend, detail }, 'HSM');
  await checkedLmk({
    pool,
    hsm,
    place: lmkPlace(config),
    clock: options.clock,
    log,
    stopping: parts.stopping,
    onWait: (why) => {
      readiness.begin([() => why]);
    },
  });
  const clock = await parts.up(
    'clock',
    () =>
      followDatabaseClock({
        pool,
        own: options.clock,
        log,
        onDrift: (seconds) => {
          metrics.clockDrift.set(seconds);
        },
      }),
    (followed) => followed.close(),
  );
  time = clock;
  if (options.demo) {
    await parts.up('demo programme', async () => {
      await asOwner(ownerDatabaseUrl, pool, async (owner) => {
        await seedDemo(owner, { panHash: hashPan, now: clock.now() });
        await injectDemoKeys(owner, hsm, DEMO_TERMINALS, { name: DEMO_TRANSPORT, key: DEMO_TRANSPORT_KEY });
        await signInDemoPeople(owner, config.data, clock.now());
      });
    });
  }
  const zmk = await bankZmk(pool, hsm, config, DEMO_ZMK);
  const health = databaseHealth(pool, log, clock);
  const ledger = await parts.up(
    'ledger',
    () =>
      openLedger({
        pool,
        clock,
        random: random.bytes,
        onBatch: (size) => {
          metrics.batchSize.observe(size);
        },
        onCall: (error) => {
          health.saw(error);
        },
        onDuty: (duty) => {
          metrics.dutyDone.setToCurrentTime({ duty });
        },
      }),
    (opened) => opened.close(),
  );
  for (const duty of [...DUTIES, 'signals', 'approvals']) metrics.dutyDone.setToCurrentTime({ duty }); // none of them is late yet
  const directory = await parts.up(
    'terminals',
    () => openTerminalDirectory(pool, () => openClient(databaseUrl), clock),
    (opened) => opened.close(),
  );
  const profiles = openProfiles();
  const recorder = await parts.up(
    'recorder',
    () =>
      openRecorder({
        data: config.data,
        key: () => loadOrCreateKey(join(secrets, 'capture.key')),
        clock,
        random: random.fraction,
        log,
        dialectOf: async (terminal) => profiles.get((await directory.find(terminal))?.profile ?? NATIVE)?.dialect,
      }),
    (opened) => opened.close(),
  );
  const doubts = doubtBook(pool);
  const bank = await parts.up(
    'bank',
    () =>
      openBank({
        config,
        ledger,
        doubts,
        hsm,
        zmk,
        clock,
        random,
        log,
        metrics,
        terminals: profiles.get(NATIVE)?.codec,
        onFrame: recorder.bank,
      }),
    (opened) => opened.close(),
  );
  const guard = openGuard({
    rules: guardRules(config.guardScale, config.guardPerAddress),
    block: (terminal, rule, evidence) => block(pool, terminal, rule, evidence),
    refusals: metrics.guardRefusals,
    blocks: metrics.terminalBlocks,
    log,
  });
  const ports = {
    profiles,
    ledger,
    bank,
    hsm,
    directory,
    bdks: openBdks(pool, clock),
    clock,
    log,
    metrics,
    guard,
    hashPan,
    bankTimeoutMs: config.bankTimeoutMs,
    clockWindow: { requestMs: config.clockWindowHours * 3_600_000, lookBackMs: config.lateDays * 86_400_000 },
  };
  const contentKey = Buffer.from(hkdfSync('sha256', panKey, '', 'request content', 32));
  const pipeline = recorder.terminals(createPipeline(ports, contentKey));
  const listener = await parts.up(
    'terminal port',
    () => openTerminalPorts({ config, tls, handle: pipeline, clock, log, metrics }),
    (opened) => opened.close(DRAIN_MS),
  );
  log.info({ host: config.host, port: listener.port }, 'listening for terminals');
  const housekeeping = clock.every(HOUSEKEEP_EVERY_MS, () => ledger.housekeep(options.clock.now()), {
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'housekeeping failed; it runs again');
    },
  });
  parts.add('housekeeping', () => housekeeping.stop());
  const shops = clock.every(SHOPS_EVERY_MS, () => runShopDuties(pool, clock.now()), {
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'duties of shops failed; they run again');
    },
  });
  parts.add('duties of shops', () => shops.stop());
  const signals = clock.every(
    SIGNALS_EVERY_MS,
    async (stopping) => {
      const onStep = (): void => {
        metrics.dutyDone.setToCurrentTime({ duty: 'signals' });
      };
      const { failures } = await runSignals(pool, { now: clock.now(), stopping, onStep });
      if (failures.length > 0) log.error({ failures }, 'rules about shops failed; they run again');
      else onStep();
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'signals about shops failed; they run again');
      },
    },
  );
  parts.add('signals', () => signals.stop());
  await parts.up(
    'messages',
    () => startMessages({ pool, dataDir: config.data, shared: panKey, clock, log, registry: metrics.registry }),
    (messages) => messages.close(),
  );
  const approvals = clock.every(
    APPROVALS_EVERY_MS,
    async () => {
      await followApprovals({ pool, hsm, clock, log });
      metrics.dutyDone.setToCurrentTime({ duty: 'approvals' });
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'what follows approvals failed; it runs again');
      },
    },
  );
  parts.add('approvals', () => approvals.stop());
  await parts.up(
    'settlement',
    () =>
      startSettlement({
        pool,
        databaseUrl,
        redisUrl: config.redisUrl,
        dataDir: config.data,
        clock,
        ownClock: options.clock,
        log,
      }),
    (service) => service.close(),
  );
  const publicDoor = await parts.up(
    'public door',
    () =>
      openPublic(
        config,
        { pool: () => pool, clock, random, log, ownerKeys: ownerKeys(panKey), ...(config.publicTls ? { tls } : {}) },
        log,
      ),
    (door) => door.close(),
  );
  // First of all at a stop: a step of settlement that takes its time must not keep a terminal from its answer.
  parts.add('terminal port', () => listener.close(DRAIN_MS));
  readiness.begin([() => health.fault(), () => bankFault(bank), () => hsmFault(hsm)]);
  const watch = watchReadiness(readiness, log, clock, startedAt);
  parts.add('readiness', () => watch.stop());
  return {
    terminalPort: listener.port,
    ready: () => readiness.reached(READY_TIMEOUT_MS),
    reload: () => {
      const renewed = readTls(options.certificates, options.clock.now());
      listener.setTls(renewed);
      publicDoor.setTls(renewed);
    },
  };
}

function bankFault(bank: Bank): string | undefined {
  return bank.ready() ? undefined : 'bank switch: no link is signed on';
}

async function hsmFault(hsm: Hsm): Promise<string | undefined> {
  const { ready, detail } = await hsm.status();
  return ready ? undefined : `HSM: ${detail}`;
}
