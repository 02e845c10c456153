import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { DEMO_TERMINALS, DEMO_TRANSPORT, DEMO_TRANSPORT_KEY } from '../demo/index.ts';
import type { Bank } from '../handlers/bank/index.ts';
import { lmkPlace, observed, openHsm, type Hsm, type PaymentHsm } from '../hsm/index.ts';
import { openLedger, openPanKey, seedDemo } from '../ledger/index.ts';
import { checkedLmk, hasTokens, injectDemoKeys } from '../merchants/index.ts';
import { databaseHealth } from '../ops/database-health.ts';
import { messageOf } from '../ops/errors.ts';
import { SERVED, type Served } from '../ops/serving.ts';
import { bringPaperKey, openPapers } from '../papers/index.ts';
import { openPeople, signInDemoPeople } from '../people/index.ts';
import { lookAtJobs } from '../settlement/jobs/index.ts';
import { openAccess } from '../terminals/certificates/index.ts';
import type { CertificateKeeper } from './certificates.ts';
import { openCrew, type Crew } from './crew/index.ts';
import { asOwner, bringTables } from './database.ts';
import { keepDoorKeys } from './door-keys.ts';
import { gatewayDuties, startDuties } from './duties.ts';
import { bringCertificates, openFoundation, type Foundation } from './foundation.ts';
import { openHttp, openPublic } from './http.ts';
import { startJobs } from './jobs.ts';
import { certifyingOf, operatorsDoor, type Late } from './operators.ts';
import type { Gateway, GatewayOptions } from './options.ts';
import { copyTraffic } from './overview.ts';
import { posSide } from './pos.ts';
import { practiceSide } from './practice.ts';
import { startPublicAlone } from './public-alone.ts';
import { watchEndings } from './radar.ts';
import { openTerminals, type TerminalOptions, type TerminalSide } from './terminals.ts';
import { openTraces } from '../traces/index.ts';
import { openUpdatesSide, updateDuties, type UpdatesSide } from './updates.ts';

/** The one place where the parts are put together. Opening order is the order of dependence; closing is the reverse.
 *  @throws GatewayError `stopped`, and what keeps a part from coming up */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, databaseUrl, ownerDatabaseUrl, demo, parts, random, only = SERVED, workers, member } = options;
  const runs = (part: Served): boolean => only.includes(part);
  if (workers === undefined && only.every((part) => part === 'public')) return startPublicAlone(options);
  const foundation = await openFoundation(options, only);
  const { log, metrics, pool } = foundation;
  const certificates = await bringCertificates(options, foundation);
  const jobs = lookAtJobs({ databaseUrl, redisUrl: config.redisUrl });
  parts.add('looks at jobs', () => jobs.close());
  const late: Late = { clock: options.clock };
  const certifying = certifyingOf(options, late);
  let crew = undefined as Crew | undefined; // once the rest is up
  if (member === undefined) {
    const doors = {
      clock: options.clock,
      random,
      serves: workers === undefined ? only : SERVED.filter((part) => part === 'terminals' || runs(part)),
      metrics: () => crew?.metrics() ?? metrics.registry.metrics(),
      ...(runs('console') ? operatorsDoor(options, late, { pool, jobs, certifying, certificates }) : {}),
    };
    // Before everything that takes time: a supervisor sees that the process lives and what it waits for.
    await parts.up(
      'HTTP',
      () => openHttp(config, metrics, doors, foundation.readiness, log),
      (opened) => opened.close(),
    );
  }
  await parts.up('tables', () =>
    bringTables({ pool, databaseUrl, ownerDatabaseUrl, demo, allowOwner: config.allowOwner, log }),
  );
  const panKey = await openPanKey(pool, config.data, (file) => {
    log.warn({ file }, 'made: the key that PANs are hashed with. Back it up; every copy of the gateway needs the same');
  });
  const hashPan = (pan: string): Buffer => createHmac('sha256', panKey).update(pan).digest();
  const ownerKeys = keepDoorKeys(config.data, panKey, log);
  late.hashPan = hashPan;
  late.owners = ownerKeys;
  late.people = openPeople(pool, panKey, { now: () => late.clock.now() });
  const hsm = await bringHsm(options, foundation);
  late.hsm = hsm;
  const clock = await foundation.followClock();
  late.clock = clock;
  if (demo) await parts.up('demo programme', () => bringDemo(options, { pool, hsm, hashPan, now: clock.now() }));
  const papers = await parts.up(
    'papers',
    async () => {
      await bringPaperKey(pool, hsm);
      return openPapers({ pool, dataDir: config.data, clock, random, log, hsm });
    },
    (opened) => {
      opened.close();
    },
  );
  late.papers = papers;
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
  const traffic = await parts.up(
    'traffic',
    () => copyTraffic({ pool, clock, random, serves: only, metrics, log }),
    (opened) => opened.close(),
  );
  const { traceUrl: url, tracesPerThousand: perThousand } = config;
  const traces =
    url === ''
      ? undefined
      : await parts.up(
          'traces',
          () => openTraces({ url, perThousand, clock: options.clock, random, log }),
          (opened) => opened.close(),
        );
  const { terminals, updates } =
    runs('terminals') && certificates !== undefined
      ? await bringTerminals(
          { config, databaseUrl, pool, member, hsm, ledger, panKey, hashPan, clock, random, log, metrics, parts },
          { certificates, certifying, traffic, traces },
        )
      : {};
  crew = workers === undefined ? undefined : await bringCrew(options, foundation, workers);
  if (runs('jobs')) {
    const { data: dataDir } = config;
    const each = { pool, dataDir, clock, log, metrics };
    const duties = gatewayDuties({ ...each, ledger, hsm, papers, certifying, ownClock: options.clock, random });
    startDuties([...duties, ...updateDuties(each)], { clock, log, parts });
    await startJobs(options, { pool, panKey, clock, log, metrics, traces });
  }
  const pos = await posSide(options, terminals, parts);
  if (runs('public')) {
    const demoDatabaseUrl = demo ? (ownerDatabaseUrl === '' ? databaseUrl : ownerDatabaseUrl) : undefined;
    const practice = await practiceSide({ config, demoDatabaseUrl, clock, random, log, parts });
    const { supportPhones } = config;
    const tls = config.publicTls ? certificates?.served.tls : undefined;
    const doors = { pool: () => pool, clock, random, log, papers, ownerKeys, practice, pos, supportPhones, tls };
    const door = await parts.up(
      'public door',
      () => openPublic(config, doors, log),
      (opened) => opened.close(),
    );
    certificates?.onRenewed(({ tls: renewed }) => {
      door.setTls(renewed);
    });
  }
  certificates?.onRenewed(({ tls: renewed }) => {
    updates?.setTls(renewed);
  });
  const { certificates: files } = options;
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
  foundation.begin([
    () => health.fault(),
    () => (terminals === undefined ? undefined : bankFault(terminals.bank)),
    () => hsmFault(hsm),
    () => crew?.fault(),
  ]);
  if (member !== undefined) {
    const reports = member.report(foundation.readiness, metrics.registry, options.clock, log);
    parts.add('reports', () => reports.stop());
  }
  return {
    terminalPort: terminals?.port,
    ready: foundation.ready,
    reload: () => {
      certificates?.reload();
      crew?.reload();
    },
  };
}

/** Opens the HSM, and waits until it is known to have the master key of this database.
 *  @throws GatewayError `secrets.other`, `hsm.*`, `stopped` */
async function bringHsm(options: GatewayOptions, { pool, log, metrics, readiness }: Foundation): Promise<PaymentHsm> {
  const { config, clock, parts } = options;
  const hsm = await parts.up(
    'HSM',
    async () => observed(await openHsm(config, !(await hasTokens(pool)), options), metrics.registry, clock),
    (opened) => opened.close(),
  );
  const { backend, detail } = await hsm.status();
  log.info({ backend, detail }, 'HSM');
  await checkedLmk({
    pool,
    hsm,
    place: lmkPlace(config),
    clock,
    log,
    stopping: parts.stopping,
    onWait: (why) => {
      readiness.begin([() => why]);
    },
  });
  return hsm;
}

interface DemoBooks {
  readonly pool: pg.Pool;
  readonly hsm: PaymentHsm;
  readonly hashPan: (pan: string) => Buffer;
  readonly now: number;
}

async function bringDemo({ ownerDatabaseUrl, config }: GatewayOptions, books: DemoBooks): Promise<void> {
  const { pool, hsm, hashPan, now } = books;
  await asOwner(ownerDatabaseUrl, pool, async (owner) => {
    await seedDemo(owner, { panHash: hashPan, now });
    await injectDemoKeys(owner, hsm, DEMO_TERMINALS, { name: DEMO_TRANSPORT, key: DEMO_TRANSPORT_KEY });
    await signInDemoPeople(owner, config.data, now);
  });
}

/** The terminals' port, with what was revoked and what their software is updated from. */
async function bringTerminals(
  base: Omit<TerminalOptions, 'access' | 'updates' | 'certificates' | 'certifying' | 'traffic' | 'traces'>,
  given: Pick<TerminalOptions, 'certifying' | 'traffic' | 'traces'> & { readonly certificates: CertificateKeeper },
): Promise<{ readonly terminals: TerminalSide; readonly updates: UpdatesSide }> {
  const { config, pool, clock, log, metrics, parts } = base;
  const { tls } = given.certificates.served;
  const access = await parts.up(
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
  );
  const updates = await openUpdatesSide({ config, pool, tls, access, clock, log, metrics, parts });
  const terminals = await openTerminals({ ...base, ...given, access, updates: updates.updates });
  return { terminals, updates };
}

/** The workers that serve terminals for this process. */
async function bringCrew(
  { config, clock, logging, parts }: GatewayOptions,
  { log, metrics }: Foundation,
  workers: number,
): Promise<Crew> {
  const pass = (line: string): void => {
    logging.pass(line);
  };
  return parts.up(
    'workers',
    () =>
      openCrew({
        workers,
        maxConnectionsPerTerminal: config.maxConnectionsPerTerminal,
        clock,
        log,
        registry: metrics.registry,
        logLine: config.logFile === '' ? undefined : pass,
      }),
    (opened) => opened.close(),
  );
}

function bankFault(bank: Bank): string | undefined {
  return bank.ready() ? undefined : 'bank switch: no link is signed on';
}

async function hsmFault(hsm: Hsm): Promise<string | undefined> {
  const { ready, detail } = await hsm.status();
  return ready ? undefined : `HSM: ${detail}`;
}
