import { CodecError, compile, loadSpec, type Codec } from '../../codec/index.ts';
import type { Hsm, KeyRef } from '../../hsm/index.ts';
import type { Ledger, LegResult } from '../../ledger/index.ts';
import { openLink, type Dial, type Fields, type FrameTap, type Link, type LinkState } from '../../net/link/index.ts';
import type { Clock } from '../../ops/clock.ts';
import type { Config } from '../../ops/config.ts';
import type { Log } from '../../ops/log.ts';
import type { Metrics } from '../../ops/metrics.ts';
import { systemRandom, type Random } from '../../ops/random.ts';
import type { BankPort, BankRequest } from '../ports.ts';
import { forwardAdvices } from './advices.ts';
import { bankWordsOf } from '../screen-text.ts';
import { legResult, type Writes } from './check.ts';
import type { DoubtBook } from './doubts.ts';
import { bankEndpoints } from './endpoints.ts';
import { Issuers } from './issuers.ts';
import { bankMetrics, type BankMetrics } from './metrics.ts';
import { authorisation, pinFields } from './request.ts';
import { sweepStranded } from './sweeper.ts';
import { watchDoubts } from './watch.ts';

export interface BankOptions {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly doubts: Pick<DoubtBook, 'count'>;
  readonly hsm: Hsm;
  /** Shared with the bank (usage K1). */
  readonly zmk: KeyRef;
  readonly clock: Clock;
  /** Default: the machine's. */
  readonly random?: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What terminals speak: fields of the bank that go through are written in it (default `kalabarg-pos`). */
  readonly terminals?: Codec | undefined;
  /** Messages as they cross the wire, for recordings. */
  readonly onFrame?: FrameTap;
  /** Opens connections to the switch (default: TCP or TLS of this machine). */
  readonly dial?: Dial;
  /** How often each worker looks for work (default: its own). */
  readonly beats?: Beats | undefined;
}

/** In ms, each. */
interface Beats {
  readonly advices: number;
  readonly stranded: number;
  readonly doubts: number;
}

/** The bank side of one gateway: the port for handlers, and the workers that finish what was left open. */
export interface Bank extends BankPort {
  /** Per endpoint, for the console. */
  links(): readonly LinkState[];
  /** Finishes what is in flight, signs off. Call after the listener, before the ledger. */
  close(): Promise<void>;
}

const CONNECTIONS = 2;
const ECHO_MS = 10_000;
/** Patience with sign-on and echo, and with one 0430: less than a customer's, because nobody waits for these. */
const NETWORK_TIMEOUT_MS = 5_000;
/** A leg's answer, its check and its `complete` are done this long after the deadline at the latest. */
const STRANDED_MARGIN_MS = 5_000;
/** What is under way at a stop may be answered this long. */
const LINK_GRACE_MS = 2_000;

/** Fields of the bank's answer that a terminal gets: EMV data and issuer scripts always, balances and additional data
 *  where the transaction is the bank's alone. */
const THROUGH_LEG = [55];
const THROUGH_FORWARD = [44, 54, 55];

export function openBank(options: BankOptions): Bank {
  const { config, ledger, hsm, clock, random = systemRandom, log, beats } = options;
  const counts = bankMetrics(options.metrics, () => ({ states: link.state(), queued: link.queued() }));
  const { endpoints, listen } = bankEndpoints(config);
  const link = openLink({
    endpoints,
    ...(listen === undefined ? {} : { listen }),
    connectionsPerEndpoint: CONNECTIONS,
    hsm,
    zmk: options.zmk,
    timeoutMs: Math.min(NETWORK_TIMEOUT_MS, config.bankTimeoutMs),
    echoMs: ECHO_MS,
    clock,
    random: random.fraction,
    log,
    onEvent: counts.observe,
    ...(options.onFrame === undefined ? {} : { onFrame: options.onFrame }),
    ...(options.dial === undefined ? {} : { dial: options.dial }),
  });
  const advices = forwardAdvices({
    ledger,
    link,
    clock,
    random: random.fraction,
    log,
    timeoutMs: Math.min(NETWORK_TIMEOUT_MS, config.bankTimeoutMs),
    ...(beats && { pollMs: beats.advices }),
    onWindow: counts.adviceWindow,
    onAttempt: ({ mti }, result) => {
      counts.advice(mti, /^\d\d$/.test(result) ? (result === '05' ? 'refused' : 'taken') : 'failed');
    },
  });
  const sweeper = sweepStranded({
    ledger,
    clock,
    log,
    olderThanMs: config.bankTimeoutMs + STRANDED_MARGIN_MS,
    ...(beats && { everyMs: beats.stranded }),
    onSwept: counts.stranded,
  });
  const watch = watchDoubts({
    doubts: options.doubts,
    clock,
    log,
    onCount: counts.doubts,
    ...(beats && { everyMs: beats.doubts }),
  });
  return {
    ...bankPort({ link, hsm, log, counts, writes: writable(options), issuers: issuersOf(options, counts) }),
    links: () => link.state(),
    close: async () => {
      // Together: an attempt that waits for its answer ends with the link, and is made again by whoever runs then.
      await Promise.all([advices.stop(), sweeper.stop(), watch.stop(), link.close(LINK_GRACE_MS)]);
    },
  };
}

interface PortParts {
  readonly link: Link;
  readonly hsm: Hsm;
  readonly log: Log;
  readonly counts: BankMetrics;
  readonly writes: Writes;
  readonly issuers: Issuers;
}

function issuersOf({ clock, random = systemRandom, log }: BankOptions, counts: BankMetrics): Issuers {
  return new Issuers({
    now: () => clock.now(),
    random: random.fraction,
    onChange: (bin, isOut, out) => {
      counts.issuersOut(out);
      if (isOut) log.error({ bin }, 'ALARM: an issuer is out: its cards get 91, and one request is tried now and then');
      else log.info({ bin }, 'an issuer that was out answers again');
    },
  });
}

function writable({ terminals = compile(loadSpec('kalabarg-pos')), log }: BankOptions): Writes {
  return (de, value) => {
    try {
      terminals.encode({ mti: '0210', fields: { [de]: value } });
      return true;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      log.warn({ de, reason: error.reason }, 'a field of the bank cannot be written to a terminal: it is left out');
      return false;
    }
  };
}

/** The port over a link. Every method resolves: a fault is a `LegResult`. */
function bankPort({ link, hsm, log, counts, writes, issuers }: PortParts): BankPort {
  const ask = async (
    mti: '0100' | '0200',
    request: BankRequest,
    fields: Fields,
    passed: readonly number[],
  ): Promise<LegResult> => {
    const pin = pinFields(request, fields, hsm);
    const priority = fields['3'] === '310000' ? 'inquiry' : 'card';
    const message = {
      mti,
      fields,
      priority,
      deadlineAt: request.deadlineAt,
      ...(pin === undefined ? {} : { pin }),
    } as const;
    // What cannot move money (0100) needs no reversal: it may always ask.
    const mayLeave = mti === '0100' || issuers.admits(request.card.pan);
    const result = mayLeave
      ? legResult(await link.send(message), fields, passed, writes)
      : ({ kind: 'unsent', rc: '91' } as const);
    issuers.saw(request.card.pan, result.kind);
    counts.leg(result.kind, result.kind === 'approved' ? '00' : result.rc);
    const about = { mti, terminal: request.terminal, rrn: request.rrn, stan: request.leg.stan };
    if (result.kind === 'doubt') {
      log.warn({ ...about, rc: result.rc, why: result.why }, 'a bank leg is in doubt: reversed');
    } else if (result.kind === 'declined' && result.bankRc !== undefined && result.bankRc !== result.rc) {
      const { rc, bankRc } = result;
      log.info(
        { ...about, bankRc, meaning: bankWordsOf(bankRc).en, rc },
        'the bank declined; its code means another thing here',
      );
    }
    return result;
  };
  return {
    ready: () => link.ready(),
    cardLeg: (request, amountRials, voucherRials) =>
      ask('0200', request, authorisation(request, '000000', amountRials, voucherRials), THROUGH_LEG),
    pinCheck: (request) => ask('0100', request, authorisation(request, '330000', 0n, undefined), THROUGH_LEG),
    refund: (request, amountRials) =>
      ask('0200', request, authorisation(request, '200000', amountRials, undefined), THROUGH_LEG),
    forward: (request, processingCode, amountRials) =>
      ask('0200', request, authorisation(request, processingCode, amountRials, undefined), THROUGH_FORWARD),
  };
}
