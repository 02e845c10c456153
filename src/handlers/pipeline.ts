import { CodecError, unknownTags, type Message } from '../codec/index.ts';
import { classOf, isAnswer } from '../field/mti.ts';
import type { TerminalRecord } from '../merchants/index.ts';
import type { FrameHandler, FrameResult, Peer } from '../net/index.ts';
import { tehran } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import {
  type Answer,
  expired,
  DEFAULT_WINDOW,
  freshnessOf,
  NATIVE,
  type Profile,
  type Refusal,
  type Transaction,
} from '../profiles/index.ts';
import { because, refuse, type Refuse } from './answer.ts';
import { admission, authenticate, type NotAdmitted } from './authenticate.ts';
import { contentHash, refusalRrn } from './context.ts';
import { outcomeUnknown } from './doubt.ts';
import { watch, type Watch } from './guard/index.ts';
import type { Ports } from './ports.ts';
import { respond, type Decided } from './respond.ts';
import { traced } from './traced.ts';
import type { Trace } from '../traces/index.ts';
import { route } from './router.ts';
import { CERTIFICATE_EXPIRED, CLOCK_WRONG, UNIT_WRONG } from './screen-text.ts';
import { SharedIdentities, supersededKeys } from './superseded.ts';

/** The ports, a log of answers that looks for no secrets, and what names the content of requests. */
type Parts = Ports & { readonly answered: Log; readonly shared: SharedIdentities; readonly contentKey: Buffer };

interface Arrival {
  readonly body: Buffer;
  readonly peer: Peer;
  readonly receivedAt: number;
  /** Of the monotonic clock; undefined: nothing is traced. */
  readonly arrived: number | undefined;
}

const NOT_ITS_TERMINAL = 'DE 41 is not the terminal of the certificate';
const UNKNOWN_TERMINAL = 'the certificate names no terminal that we know';
const REPLACED_KEYS = 'the MAC is of keys that a later key download replaced';
const EXPIRED = 'its certificate has expired: it may renew it (0800/903), and nothing else';
/** What a terminal may ask whose certificate has expired: new session keys, which come under its TMK, and its next certificate. */
const RENEWING: ReadonlySet<string> = new Set(['101', '903']);
const NONE: FrameResult = { kind: 'none' };

/** The path of every frame from a terminal: its profile → decode → identity → keys → MAC → read → handler → write.
 *  @param contentKey 32 bytes: see `contentHash` */
export function createPipeline(ports: Ports, contentKey: Buffer): FrameHandler {
  // Looking for secrets in every answered line costs a tenth of a request, and its seven names never hold one.
  const answered = ports.log.child({}, { redact: [] });
  const parts = { ...ports, answered, shared: new SharedIdentities(ports), contentKey };
  return async (body, peer) => {
    const receivedAt = ports.clock.now();
    const arrived = ports.traces === undefined ? undefined : ports.clock.monotonic();
    try {
      const decided = await decide({ body, peer, receivedAt, arrived }, parts);
      if (!('answer' in decided)) return decided;
      const { trace, answer } = decided;
      // What is decided stays decided, whatever goes wrong while it is written.
      if (trace === undefined) return await respond(decided, peer, receivedAt, parts);
      try {
        return await trace.step('answer', () => respond(decided, peer, receivedAt, parts));
      } finally {
        trace.end({ 'kalabarg.rc': answer.rc, ...(answer.rrn === undefined ? {} : { 'kalabarg.rrn': answer.rrn }) });
      }
    } catch (error) {
      // Not even a refusal could be MACed: the HSM is away. The terminal hears nothing, and reverses (wire.md 9.3).
      ports.log.error({ terminal: peer.terminal, error: messageOf(error) }, 'no answer could be made');
      ports.metrics.refusedFrames.inc({ reason: 'unanswerable' });
      return NONE;
    }
  };
}

/** @returns the answer, or that there is none */
async function decide(arrival: Arrival, parts: Parts): Promise<Decided | FrameResult> {
  const { peer, body } = arrival;
  const found = parts.directory.find(peer.terminal);
  let terminal: TerminalRecord | undefined;
  try {
    terminal = await found;
  } catch {
    // An answer can still be made, in the contract's own words: `found` is awaited again below.
  }
  const profile = parts.profiles.get(terminal?.profile ?? NATIVE);
  if (profile === undefined) return unknownProfile(terminal?.profile, peer, parts);
  let request: Message;
  try {
    request = profile.decode(body);
  } catch (error) {
    if (error instanceof CodecError) return undecodable(error, profile, terminal, arrival, parts);
    throw error;
  }
  if (isAnswer(request.mti)) {
    parts.metrics.refusedFrames.inc({ reason: 'answer' });
    return NONE;
  }
  try {
    const ruling = await rule(request, profile, terminal ?? (await found), arrival, parts);
    return { profile, request, ...ruling };
  } catch (error) {
    return failed(error, request, profile, peer, parts);
  }
}

type Ruling = Pick<Decided, 'answer' | 'kind' | 'keys' | 'tx' | 'trace'>;

/** A request that decodes: identity, keys, MAC, and what it asks. */
async function rule(
  request: Message,
  profile: Profile,
  terminal: TerminalRecord | undefined,
  { peer, body, receivedAt, arrived }: Arrival,
  parts: Parts,
): Promise<Ruling> {
  const hash = contentHash(request, profile.notContent, parts.contentKey);
  const no: Refuse = (rc, fault, reason) => refuse(rc, refusalRrn(hash, receivedAt), fault, reason);
  if (terminal === undefined) return { answer: because(no('58'), UNKNOWN_TERMINAL), keys: undefined };
  if (request.get(41) !== peer.terminal) return { answer: because(no('58'), NOT_ITS_TERMINAL), keys: terminal.keys };
  const networkCode = profile.networkCode(request);
  if (peer.expired === true && (networkCode === undefined || !RENEWING.has(networkCode)))
    return { answer: because(no('58', undefined, CERTIFICATE_EXPIRED), EXPIRED), keys: terminal.keys };
  const security = profile.security(request);
  const checked = await authenticate(request, body, terminal, security, networkCode !== undefined, parts, receivedAt);
  if (checked.kind === 'refused') {
    return { answer: { ...no(checked.rc, checked.path), why: checked.why }, keys: terminal.keys };
  }
  const { own, mac } = checked;
  const watched = watch(parts.guard, terminal, peer, no, receivedAt);
  const barred = admission(networkCode, own, mac);
  if (barred !== undefined) {
    const replaced = mac.kind === 'wrong' ? await supersededKeys(request, body, terminal, parts.hsm) : undefined;
    if (replaced === undefined) return { answer: notAdmitted(barred, no, watched, peer, parts), keys: own };
    parts.shared.note(peer);
    return { answer: because(no('76'), REPLACED_KEYS), keys: replaced };
  }
  const keys = mac.kind === 'good' ? mac.keys : own;
  noteUnknownTags(request, peer, parts);
  const tx = profile.read(request, {
    now: receivedAt,
    terminal: peer.terminal,
    merchant: terminal.merchant,
    unitOn: parts.units?.ofTerminals(profile.name),
  });
  if (tx.kind === 'refused') return { answer: refusedBy(tx, no), keys };
  noteContact(tx, profile.tellsTime(request), peer, receivedAt, parts);
  const { kind } = tx;
  if (isExpired(tx, receivedAt)) return { answer: no('54'), kind, keys };
  const freshness = freshnessOf(tx, receivedAt, parts.clockWindow ?? DEFAULT_WINDOW);
  if (freshness !== 'fresh') noteClock(tx, parts);
  if (freshness === 'wrong') return { answer: no('30', '13', CLOCK_WRONG), kind, keys };
  const held = watched.admit(tx);
  if (held !== undefined) return { answer: held, kind, keys, tx };
  const stale = freshness === 'stale';
  const maced = mac.kind === 'good';
  const trace = arrived === undefined ? undefined : traceOf(tx, { at: receivedAt, monotonic: arrived }, parts);
  const routed = route(tx, {
    ports: trace === undefined ? parts : traced(parts, trace),
    terminal,
    peer,
    keys,
    maced,
    receivedAt,
    contentHash: hash,
    stale,
    refuse: no,
  });
  const answer = await (trace === undefined ? routed : endingAtFault(routed, trace));
  watched.note(answer.rc);
  return { answer, kind, keys: answer.keys ?? keys, tx, trace };
}

/** Of a request that is in the sample: what was done until it was read is its first step. */
function traceOf(
  tx: Transaction,
  arrival: { readonly at: number; readonly monotonic: number },
  { traces, clock }: Parts,
): Trace | undefined {
  const trace = traces?.begin(tx, tx.mti.endsWith('1'), arrival, { 'kalabarg.mti': tx.mti, 'kalabarg.kind': tx.kind });
  trace?.over('decode and check', arrival.monotonic, clock.monotonic());
  return trace;
}

/** A request that fails has no answer that could end its trace. */
async function endingAtFault<T>(work: Promise<T>, trace: Trace): Promise<T> {
  try {
    return await work;
  } catch (error) {
    trace.end({ 'kalabarg.failed': error instanceof Error ? error.name : 'error' });
    throw error;
  }
}

function refusedBy(tx: Refusal, no: Refuse): Answer {
  return tx.isUnit === true ? because(no(tx.rc, tx.path, UNIT_WRONG), tx.reason) : no(tx.rc, tx.path);
}

function notAdmitted(
  { rc, why }: NotAdmitted,
  no: Refuse,
  watched: Watch,
  peer: Peer,
  { metrics, updates }: Parts,
): Answer {
  if (rc === '76') return because(no('76'), why);
  metrics.wrongMacs.inc({ terminal: peer.terminal });
  updates?.wrongMac(peer.terminal);
  return watched.wrongMac() ?? because(no('63'), why);
}

/** Tags that the dialect does not describe are ignored and logged (wire.md 5); their values stay out of the log. */
function noteUnknownTags(request: Message, peer: Peer, { metrics, log }: Parts): void {
  const tags = unknownTags(request);
  if (tags.length === 0) return;
  for (const path of tags) metrics.unknownTags.inc({ element: path.slice(0, path.indexOf('.')) });
  log.info({ terminal: peer.terminal, mti: request.mti, tags }, 'unknown tags');
}

/** Reversals and advices may have waited in the device: their DE 7 says nothing of its clock. Nor does what stands for a time that the
 *  profile's message does not have. */
function noteContact(
  tx: Transaction,
  tellsTime: boolean,
  { terminal, certificate }: Peer,
  at: number,
  { contacts }: Parts,
): void {
  const waited = tx.kind === 'reversal' || tx.kind === 'advice';
  const transmission = waited || !tellsTime ? undefined : tx.transmission;
  contacts?.note({ terminal, at, transmission, software: tx.softwareVersion, certificate });
}

function noteClock({ terminal, mti, localDate, localTime }: Transaction, { log }: Parts): void {
  log.warn({ terminal, mti, localDate, localTime }, 'the clock of a terminal is wrong');
}

/** RC 54. A return gives money back, whatever became of the card since. */
function isExpired(tx: Transaction, now: number): boolean {
  const { isoDate } = tehran(now);
  return 'card' in tx && tx.kind !== 'return' && expired(tx.card.expiry, isoDate.slice(2, 4) + isoDate.slice(5, 7));
}

/** Classes of requests that may move money before they fail. */
const MONEY = new Set(['01', '02']);

/** RC 96 says that nothing was taken: who cannot know does not answer (`outcomeUnknown`). */
async function failed(
  error: unknown,
  request: Message,
  profile: Profile,
  { terminal }: Peer,
  { directory, log, metrics }: Parts,
): Promise<Decided | FrameResult> {
  const answerable = !MONEY.has(classOf(request.mti)) || !outcomeUnknown(error);
  log.error(
    { mti: request.mti, terminal, stan: request.get(11), answerable, error: messageOf(error) },
    'request failed',
  );
  if (answerable) {
    const known = await directory.find(terminal).catch(() => undefined); // then the answer has no MAC
    return { profile, request, answer: refuse('96'), keys: known?.keys };
  }
  metrics.refusedFrames.inc({ reason: 'doubt' });
  return NONE;
}

/** Its bytes mean nothing to us: another profile would read another transaction in them. */
function unknownProfile(profile: string | undefined, { terminal }: Peer, { log, metrics }: Parts): FrameResult {
  log.error(
    { terminal, profile },
    'the profile of a terminal is not one that this gateway has: its connection is closed',
  );
  metrics.refusedFrames.inc({ reason: 'profile' });
  return { kind: 'close', reason: 'unknown profile' };
}

function undecodable(
  error: CodecError,
  profile: Profile,
  terminal: TerminalRecord | undefined,
  { body, peer, receivedAt }: Arrival,
  { contentKey, log, metrics }: Parts,
): Decided | FrameResult {
  const { path, offset, reason } = error;
  metrics.refusedFrames.inc({ reason: 'undecodable' });
  log.warn({ terminal: peer.terminal, path, offset, reason }, 'frame refused');
  const request = profile.salvage(body);
  if (request === undefined) return { kind: 'close', reason: `undecodable at ${path}: ${reason}` };
  if (isAnswer(request.mti)) return NONE;
  const rrn = refusalRrn(contentHash(request, profile.notContent, contentKey), receivedAt);
  const own = request.get(41) === peer.terminal;
  const answer = own ? refuse('30', rrn, path) : because(refuse('58', rrn), NOT_ITS_TERMINAL);
  return { profile, request, answer, keys: terminal?.keys };
}
