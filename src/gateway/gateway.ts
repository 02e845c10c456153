import { createHmac } from 'node:crypto';
import { followApprovals } from '../enrolment/index.ts';
import type { Bank } from '../handlers/bank/index.ts';
import { type Hsm, lmkPlace, observed, openHsm, type PaymentHsm } from '../hsm/index.ts';
import { DUTIES, followDatabaseClock, openLedger, openPanKey, seedDemo } from '../ledger/index.ts';
import { injectDemoKeys, checkedLmk, hasTokens } from '../merchants/index.ts';
import type { Clock } from '../ops/clock.ts';
import { databaseHealth } from '../ops/database-health.ts';
import { DEMO_TERMINALS, DEMO_TRANSPORT, DEMO_TRANSPORT_KEY } from '../demo/index.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import { bringPaperKey, openPapers, paperDuty, type Papers } from '../papers/index.ts';
import { demoLinkCode, openPeople, signInDemoPeople, type People } from '../people/index.ts';
import { startSettlement } from '../settlement/index.ts';
import { lookAtJobs } from '../settlement/jobs/index.ts';
import type { OwnerKeys } from '../owners/index.ts';
import { startRegistries } from '../registries/index.ts';
import { startMessages } from '../messages/index.ts';
import { drawSamples, runShopDuties } from '../shops/index.ts';
import { watchComplaints } from '../complaints/index.ts';
import { runSignals } from '../signals/index.ts';
import { authorityOf, openAccess } from '../terminals/certificates/index.ts';
import { healthDuty } from '../terminals/health/index.ts';
import { applyMoves } from '../terminals/index.ts';
import { createMetrics } from '../ops/metrics.ts';
import { createReadiness, watchReadiness } from '../ops/readiness.ts';
import { SERVED, type Served } from '../ops/serving.ts';
import { VERSION } from '../ops/version.ts';
import { asOwner, bringTables, poolOf } from './database.ts';
import { openHttp, openPublic } from './http.ts';
import type { Gateway, GatewayOptions } from './options.ts';
import { keepCertificates } from './certificates.ts';
import { openCrew, type Crew } from './crew/index.ts';
import { doctorOf } from './doctor.ts';
import { endingsOfFiles, watchEndings } from './radar.ts';
import { bringList } from './revocation-list.ts';
import { keepDoorKeys } from './door-keys.ts';
import { startPublicAlone } from './public-alone.ts';
import { replayDoor } from './replays.ts';
import { posSide } from './pos.ts';
import { practiceSide } from './practice.ts';
import { copyTraffic, rollUpDuty } from './overview.ts';
import { openTerminals } from './terminals.ts';
import { openUpdatesSide, runUpdateDuties } from './updates.ts';

const READY_TIMEOUT_MS = 30_000;
/** How often what time brings is looked for: quotes and credit past their end, charges that are due. */
const HOUSEKEEP_EVERY_MS = 5_000;
/** How often what time brings for shops is looked for. */
const SHOPS_EVERY_MS = 30_000;
/** What follows an approval is looked for so often. */
const APPROVALS_EVERY_MS = 5_000;
/** A closed day that the rules have not looked at is looked for so often. */
const SIGNALS_EVERY_MS = 60_000;

/** Sick terminals are counted so often. */
const HEALTH_EVERY_MS = 900_000;
/** Papers whose time has come go within so long. */
const PAPERS_EVERY_MS = 3_600_000;

/** In a process without jobs. */
const NO_DUTIES: Pick<Clock, 'every'> = { every: () => ({ stop: () => Promise.resolve() }) };

/** The one place where the parts are put together. Opening order is the order of dependence; closing is the reverse.
 *  @throws GatewayError `stopped`, and what keeps a part from coming up */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, databaseUrl, ownerDatabaseUrl, parts, random, only = SERVED, workers, member } = options;
  const runs = (part: Served): boolean => only.includes(part);
  if (workers === undefined && only.every((part) => part === 'public')) return startPublicAlone(options);
  const { log } = options.logging;
  const startedAt = options.clock.monotonic();
  log.info(
    { version: VERSION, node: process.versions.node, pid: process.pid, serves: only.join(' '), workers },
    member === undefined ? 'kalabarg-gateway starts' : 'worker starts',
  );
  const metrics = createMetrics(() => options.logging.counts());
  const { certificates: files } = options;
  const certificates =
    files === undefined
      ? undefined
      : await parts.up(
          'certificates',
          () => keepCertificates(files, { clock: options.clock, log, metrics }),
          (kept) => kept.close(),
        );
  const tls = certificates?.served.tls;
  for (const part of SERVED) metrics.serves.set({ part }, runs(part) ? 1 : 0);
  const readiness = createReadiness(parts.stopping, options.clock);
  const pool = await parts.up(
    'database pool',
    () => poolOf(databaseUrl, log),
    (opened) => opened.end(),
  );
  // Before everything that takes time: a supervisor sees that the process lives and what it waits for.
  let time = options.clock; // until the database's is followed
  const deskClock = { ...options.clock, now: () => time.now() };
  let papers = undefined as Papers | undefined; // once there is an HSM
  let owners = undefined as OwnerKeys | undefined;
  let hashOf = undefined as ((pan: string) => Buffer) | undefined; // with the key of PANs
  let people = undefined as People | undefined; // once there are tables, and the key that copies share
  const books = { pool, dataDir: config.data, clock: deskClock, log };
  let keyHsm = undefined as PaymentHsm | undefined; // the same
  const certifying = {
    authority: authorityOf(config, options.demo, () =>
      keyHsm === undefined
        ? Promise.reject(new GatewayError('api.busy', 'The gateway starts: try again in a moment.'))
        : Promise.resolve(keyHsm),
    ),
    random: random.bytes,
  };
  const jobs = lookAtJobs({ databaseUrl, redisUrl: config.redisUrl });
  parts.add('looks at jobs', () => jobs.close());
  let crew = undefined as Crew | undefined; // once the rest is up
  const http = (): ReturnType<typeof openHttp> =>
    openHttp(
      config,
      metrics,
      {
        clock: options.clock,
        random,
        serves: workers === undefined ? only : SERVED.filter((part) => part === 'terminals' || runs(part)),
        metrics: () => crew?.metrics() ?? metrics.registry.metrics(),
        ...(runs('console')
          ? {
              books,
              api: {
                people: () => people,
                papers: () => papers,
                owners: () => owners,
                hashPan: () => hashOf,
                data: config.data,
                random,
                log,
                certifying,
                ...(options.demo ? { demoCode: demoLinkCode(config.data) } : {}),
                jobs,
                replay: replayDoor(config, options.demo),
                doctor: doctorOf(options, { pool, clock: deskClock, hsm: () => keyHsm }),
                radar: {
                  keyDays: config.keyDays,
                  ofFiles: () =>
                    files === undefined || certificates === undefined ? [] : endingsOfFiles(files, certificates),
                },
              },
            }
          : {}),
      },
      readiness,
      log,
    );
  if (member === undefined) await parts.up('HTTP', http, (opened) => opened.close());
  await parts.up('tables', () =>
    bringTables({ pool, databaseUrl, ownerDatabaseUrl, demo: options.demo, allowOwner: config.allowOwner, log }),
  );
  const panKey = await openPanKey(pool, config.data, (file) => {
    log.warn({ file }, 'made: the key that PANs are hashed with. Back it up; every copy of the gateway needs the same');
  });
  const doorKeys = keepDoorKeys(config.data, panKey, log);
  owners = doorKeys;
  people = openPeople(pool, panKey, deskClock);
  const hashPan = (pan: string): Buffer => createHmac('sha256', panKey).update(pan).digest();
  hashOf = hashPan;
  const hsm = await parts.up(
    'HSM',
    async () => observed(await openHsm(config, !(await hasTokens(pool)), options), metrics.registry, options.clock),
    (opened) => opened.close(),
  );
  keyHsm = hsm;
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
  const shelf = await parts.up(
    'papers',
    async () => {
      await bringPaperKey(pool, hsm);
      return openPapers({ pool, dataDir: config.data, clock, random, log, hsm });
    },
    (opened) => {
      opened.close();
    },
  );
  papers = shelf;
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
        keepPersonalDays: config.keepPersonalDays,
      }),
    (opened) => opened.close(),
  );
  if (runs('jobs'))
    for (const duty of [...DUTIES, 'signals', 'approvals', 'rollouts', 'minimums'])
      metrics.dutyDone.setToCurrentTime({ duty }); // none of them is late yet
  const traffic = await parts.up(
    'traffic',
    () => copyTraffic({ pool, clock, random, serves: only, metrics, log }),
    (opened) => opened.close(),
  );
  const access =
    runs('terminals') && certificates !== undefined
      ? await parts.up(
          'access of terminals',
          () =>
            openAccess({
              pool,
              clock,
              renewDays: config.renewExpiredDays,
              onError: (error) => {
                log.error({ error: messageOf(error) }, 'what was revoked could not be looked at; it is tried again');
              },
            }),
          (opened) => opened.close(),
        )
      : undefined;
  const updates =
    access !== undefined && tls !== undefined
      ? await openUpdatesSide({ config, pool, tls, access, clock, log, metrics, parts })
      : undefined;
  const terminals =
    access !== undefined && certificates !== undefined
      ? await openTerminals({
          updates: updates?.updates,
          traffic,
          config,
          databaseUrl,
          pool,
          certificates,
          certifying,
          access,
          member,
          hsm,
          ledger,
          panKey,
          hashPan,
          clock,
          random,
          log,
          metrics,
          parts,
        })
      : undefined;
  crew =
    workers === undefined
      ? undefined
      : await parts.up(
          'workers',
          () =>
            openCrew({
              workers,
              maxConnectionsPerTerminal: config.maxConnectionsPerTerminal,
              clock: options.clock,
              log,
              registry: metrics.registry,
              logLine:
                config.logFile === ''
                  ? undefined
                  : (line) => {
                      options.logging.pass(line);
                    },
            }),
          (opened) => opened.close(),
        );
  // Duties of time run in the processes whose part they are.
  const duties = runs('jobs') ? clock : NO_DUTIES;
  const housekeeping = duties.every(HOUSEKEEP_EVERY_MS, () => ledger.housekeep(options.clock.now()), {
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'housekeeping failed; it runs again');
    },
  });
  parts.add('housekeeping', () => housekeeping.stop());
  const shops = duties.every(SHOPS_EVERY_MS, () => runShopDuties(pool, clock.now()), {
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'duties of shops failed; they run again');
    },
  });
  parts.add('duties of shops', () => shops.stop());
  const complaints = duties.every(
    SHOPS_EVERY_MS,
    async () => {
      await watchComplaints(pool, clock.now());
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'complaints could not be looked at; they are tried again');
      },
    },
  );
  parts.add('duty of complaints', () => complaints.stop());
  const signals = duties.every(
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
  runUpdateDuties({ pool, config, duties, clock, log, metrics, parts });
  const approvals = duties.every(
    APPROVALS_EVERY_MS,
    async () => {
      await followApprovals({ pool, hsm, clock, log });
      await applyMoves(pool, clock.now());
      await bringList({ pool, source: certifying.authority, dataDir: config.data, now: clock.now(), log });
      await drawSamples(pool, random, clock.now());
      metrics.dutyDone.setToCurrentTime({ duty: 'approvals' });
    },
    {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'what follows approvals failed; it runs again');
      },
    },
  );
  parts.add('approvals', () => approvals.stop());
  const sick = duties.every(
    HEALTH_EVERY_MS,
    async () => {
      for (const [rule, count] of await healthDuty(pool, clock.now())) metrics.sickTerminals.set({ rule }, count);
    },
    {
      first: 'now',
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'how terminals do could not be looked at; it is tried again');
      },
    },
  );
  parts.add('health of terminals', () => sick.stop());
  const hours = rollUpDuty({ pool, duties, clock, log });
  parts.add('overview', () => hours.stop());
  const oldPapers = duties.every(PAPERS_EVERY_MS, () => paperDuty(shelf, pool, clock.now()).then(() => undefined), {
    onError: (error) => {
      log.error({ error: messageOf(error) }, 'removing old papers failed; it runs again');
    },
  });
  parts.add('old papers', () => oldPapers.stop());
  if (runs('jobs')) {
    await parts.up(
      'messages',
      () => startMessages({ pool, dataDir: config.data, shared: panKey, clock, log, registry: metrics.registry }),
      (messages) => messages.close(),
    );
    await parts.up(
      'registries',
      () =>
        startRegistries({
          pool,
          dataDir: config.data,
          otherwise: options.registries,
          clock,
          log,
          metrics: metrics.registry,
        }),
      (registries) => registries.close(),
    );
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
  }
  const demoDatabaseUrl = options.demo ? (ownerDatabaseUrl === '' ? databaseUrl : ownerDatabaseUrl) : undefined;
  const practice = runs('public')
    ? await practiceSide({ config, demoDatabaseUrl, clock, random, log, parts })
    : () => undefined;
  const pos = await posSide(options, terminals?.port, parts);
  const publicDoor = runs('public')
    ? await parts.up(
        'public door',
        () =>
          openPublic(
            config,
            {
              pool: () => pool,
              clock,
              random,
              log,
              papers: shelf,
              ownerKeys: doorKeys,
              practice,
              pos,
              supportPhones: config.supportPhones,
              ...(config.publicTls ? { tls } : {}),
            },
            log,
          ),
        (door) => door.close(),
      )
    : undefined;
  certificates?.onRenewed(({ tls: renewed }) => {
    updates?.setTls(renewed);
    publicDoor?.setTls(renewed);
  });
  const radar = watchEndings({
    pool: runs('jobs') ? pool : undefined,
    certificates: files === undefined || certificates === undefined ? undefined : { files, kept: certificates },
    keyDays: config.keyDays,
    clock,
    log,
    registry: metrics.registry,
  });
  parts.add('radar', () => radar.stop());
  // First of all at a stop: a step of settlement that takes its time must not keep a terminal from its answer.
  if (terminals !== undefined) parts.add('terminal port', () => terminals.close());
  if (crew !== undefined) parts.add('workers', () => crew.close());
  readiness.begin([
    () => health.fault(),
    () => (terminals === undefined ? undefined : bankFault(terminals.bank)),
    () => hsmFault(hsm),
    () => crew?.fault(),
  ]);
  const watch = watchReadiness(readiness, log, clock, startedAt);
  parts.add('readiness', () => watch.stop());
  if (member !== undefined) {
    const reports = member.report(readiness, metrics.registry, options.clock, log);
    parts.add('reports', () => reports.stop());
  }
  return {
    terminalPort: terminals?.port,
    ready: () => readiness.reached(READY_TIMEOUT_MS),
    reload: () => {
      certificates?.reload();
      crew?.reload();
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
