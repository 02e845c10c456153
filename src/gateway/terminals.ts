import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import type pg from 'pg';
import { openRecorder } from '../capture/index.ts';
import { DEMO_ZMK } from '../demo/index.ts';
import { doubtBook } from '../handlers/bank/doubts.ts';
import { openBank, type Bank } from '../handlers/bank/index.ts';
import { block, guardRules, openGuard } from '../handlers/guard/index.ts';
import { createPipeline, type UpdatesPort } from '../handlers/index.ts';
import { openVoucher } from '../handlers/voucher/index.ts';
import type { Hsm } from '../hsm/index.ts';
import type { Units } from '../field/money-unit.ts';
import { goodsList, openUnits, type Ledger } from '../ledger/index.ts';
import { bankZmk, openBdks, openTerminalDirectory } from '../merchants/index.ts';
import { openTerminalPorts } from '../net/index.ts';
import type { Clock } from '../ops/clock.ts';
import type { Config } from '../ops/config.ts';
import { openClient } from '../ops/database.ts';
import { messageOf } from '../ops/errors.ts';
import { loadOrCreateKey } from '../ops/keyfile.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Parts } from '../ops/parts.ts';
import type { Random } from '../ops/random.ts';
import type { Certifying, TerminalAccess } from '../terminals/certificates/index.ts';
import { openHealthCounts } from '../terminals/health/index.ts';
import { openContacts } from '../terminals/index.ts';
import type { CertificateKeeper } from './certificates.ts';
import type { Member } from './crew/index.ts';
import { renewalsOf } from './renewals.ts';
import { NATIVE, openProfiles } from '../profiles/index.ts';
import type { Traffic } from '../overview/index.ts';
import type { Traces } from '../traces/index.ts';

/** How long what terminals asked may still be answered at a stop. */
const DRAIN_MS = 5_000;

export interface TerminalOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly certificates: CertificateKeeper;
  readonly certifying: Certifying;
  readonly access: TerminalAccess;
  /** Of a crew of workers; undefined: this process alone serves its terminals. */
  readonly member: Member | undefined;
  readonly hsm: Hsm;
  readonly ledger: Ledger;
  readonly panKey: Buffer;
  readonly hashPan: (pan: string) => Buffer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly parts: Parts;
  readonly updates: UpdatesPort | undefined;
  readonly traffic: Traffic;
  readonly traces: Traces | undefined;
}

export interface TerminalSide {
  readonly port: number;
  readonly bank: Bank;
  readonly units: Pick<Units, 'ofTerminals' | 'ever'>;
  /** Takes nothing new, and answers what was asked. */
  close(): Promise<void>;
}

/** From the terminals' port to the bank's link: the road of the money. */
export async function openTerminals(options: TerminalOptions): Promise<TerminalSide> {
  const {
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
  } = options;
  const zmk = await bankZmk(pool, hsm, config, DEMO_ZMK);
  const directory = await parts.up(
    'terminals',
    () => openTerminalDirectory(pool, () => openClient(databaseUrl), clock),
    (opened) => opened.close(),
  );
  const profiles = openProfiles(config.profiles);
  const recorder = await parts.up(
    'recorder',
    () =>
      openRecorder({
        data: config.data,
        key: () => loadOrCreateKey(join(config.data, 'secrets', 'capture.key')),
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
  const voucher = await parts.up(
    'voucher',
    () =>
      openVoucher({
        pool,
        ledger,
        dataDir: config.data,
        clock,
        random: random.fraction,
        log,
        registry: metrics.registry,
        bankTimeoutMs: config.bankTimeoutMs,
      }),
    (opened) => opened.close(),
  );
  const guard = openGuard({
    rules: guardRules(config.guardScale, config.guardPerAddress),
    block: (terminal, rule, evidence) => block(pool, terminal, rule, evidence),
    refusals: metrics.guardRefusals,
    blocks: metrics.terminalBlocks,
    log,
    tell:
      member === undefined
        ? undefined
        : (news) => {
            member.tell(news);
          },
  });
  member?.onNews((news) => {
    guard.hear(news);
  });
  const contacts = await parts.up(
    'contacts',
    () =>
      openContacts({
        pool,
        clock,
        onError: (error) => {
          log.error({ error: messageOf(error) }, 'when terminals were there could not be written; it is tried again');
        },
      }),
    (opened) => opened.close(),
  );
  const health = await parts.up(
    'counts of terminals',
    () =>
      openHealthCounts({
        pool,
        clock,
        onError: (error) => {
          log.error({ error: messageOf(error) }, 'how terminals do could not be written; it is tried again');
        },
      }),
    (opened) => opened.close(),
  );
  const units = await parts.up(
    'units of money',
    () =>
      openUnits(pool, clock, (error) => {
        log.error({ error: messageOf(error) }, 'units of money could not be read again; those that are known hold');
      }),
    (opened) => opened.stop(),
  );
  const ports = {
    profiles,
    ledger,
    voucher: voucher.port,
    bank,
    hsm,
    directory,
    bdks: openBdks(pool, clock),
    goods: goodsList(pool),
    units,
    clock,
    log,
    metrics,
    ...(options.updates === undefined ? {} : { updates: options.updates }),
    guard,
    contacts,
    traffic: options.traffic,
    traces: options.traces,
    renewals: renewalsOf({ pool, certifying, clock, log }),
    health,
    hashPan,
    bankTimeoutMs: config.bankTimeoutMs,
    clockWindow: { requestMs: config.clockWindowHours * 3_600_000, lookBackMs: config.lateDays * 86_400_000 },
  };
  const contentKey = Buffer.from(hkdfSync('sha256', panKey, '', 'request content', 32));
  const pipeline = recorder.terminals(createPipeline(ports, contentKey));
  access.useLists(certificates.served.lists);
  const listener = await parts.up(
    'terminal port',
    () =>
      openTerminalPorts({
        config,
        tls: certificates.served.tls,
        handle: pipeline,
        admission: access,
        neighbours: member,
        clock,
        log,
        metrics,
      }),
    (opened) => opened.close(DRAIN_MS),
  );
  access.onChange(() => {
    listener.recheck();
  });
  certificates.onRenewed(({ tls, lists }) => {
    listener.setTls(tls);
    access.useLists(lists);
  });
  log.info({ host: config.host, port: listener.port }, 'listening for terminals');
  return {
    port: listener.port,
    bank,
    units,
    close: () => listener.close(DRAIN_MS),
  };
}
