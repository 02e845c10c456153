import { CodecError, presenceFault, unknownTags, type Message, type MessageInput } from '../codec/index.ts';
import { isAnswer } from '../field/mti.ts';
import type { SessionKeys, TerminalRecord } from '../merchants/directory.ts';
import type { FrameHandler, FrameResult, Peer } from '../net/session.ts';
import { tehran } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { expired } from '../profiles/card.ts';
import { DEFAULT_WINDOW, freshnessOf } from '../profiles/freshness.ts';
import { mapNative, SERVED_CODES } from '../profiles/native.ts';
import type { Transaction } from '../profiles/transaction.ts';
import { because, buildAnswer, refuse, type Reply } from './answer.ts';
import { contentHash, refusalRrn } from './context.ts';
import { outcomeUnknown } from './doubt.ts';
import { checkDukpt, type DukptCheck } from './dukpt.ts';
import { checkMac, seal, type MacCheck, type MessageKeys } from './mac.ts';
import { watch } from './guard/index.ts';
import type { Ports } from './ports.ts';
import { route } from './router.ts';
import { CLOCK_WRONG } from './screen-text.ts';
import { SharedIdentities, supersededKeys } from './superseded.ts';

/** What of a request every answer needs, also of one that does not decode. */
type Answerable = Pick<Message, 'mti' | 'get'>;

/** The ports, and a log of answers that looks for no secrets. */
type Parts = Ports & { readonly answered: Log; readonly shared: SharedIdentities };

interface Arrival {
  readonly body: Buffer;
  readonly peer: Peer;
  readonly receivedAt: number;
}

const NOT_ITS_TERMINAL = 'DE 41 is not the terminal of the certificate';
const NONE: FrameResult = { kind: 'none' };
/** Without these an answer answers nothing. */
const NEEDED = new Set(['11', '39', '41']);
/** Read out of a frame that does not decode, so that it can be answered with RC 30 (wire.md 3). */
const SALVAGED = [2, 3, 4, 11, 12, 13, 24, 32, 37, 38, 41, 42, 49, 70, 90, 95] as const;

/** Label values come from a closed set: a forged MTI or DE 3 must not grow the metrics without end. */
const SERVED_MTIS = new Set('0200 0201 0220 0221 0400 0401 0420 0421 0500 0501 0520 0521 0800 0801'.split(' '));

function servedCode(de3: string | undefined): string {
  if (de3 === undefined) return '';
  return SERVED_CODES.has(de3) ? de3 : 'other';
}

/** The path of every frame from a terminal: decode → identity → keys → MAC → presence → profile → handler → answer.
 *  @param contentKey 32 bytes: see `contentHash` */
export function createPipeline(parts: Ports, contentKey: Buffer): FrameHandler {
  // Looking for secrets in every answered line costs a tenth of a request, and its seven names never hold one.
  const ports = { ...parts, answered: parts.log.child({}, { redact: [] }), shared: new SharedIdentities(parts) };
  return async (body, peer) => {
    try {
      return await handle({ body, peer, receivedAt: ports.clock.now() }, ports, contentKey);
    } catch (error) {
      // Not even a refusal could be MACed: the HSM is away. The terminal hears nothing, and reverses (wire.md 9.3).
      ports.log.error({ terminal: peer.terminal, error: messageOf(error) }, 'no answer could be made');
      ports.metrics.refusedFrames.inc({ reason: 'unanswerable' });
      return NONE;
    }
  };
}

/** @throws what keeps an answer from being made */
async function handle(arrival: Arrival, ports: Parts, contentKey: Buffer): Promise<FrameResult> {
  const decided = await decide(arrival, ports, contentKey);
  // What is decided stays decided, whatever goes wrong while it is written.
  return 'reply' in decided ? answer(decided, arrival, ports) : decided;
}

/** What is answered to which request, and the keys of its MAC. */
interface Decided {
  readonly request: Answerable;
  readonly reply: Reply;
  readonly keys: MessageKeys | undefined;
}

type Ruling = Omit<Decided, 'request'>;

/** @returns the answer, or that there is none */
async function decide(arrival: Arrival, ports: Parts, contentKey: Buffer): Promise<Decided | FrameResult> {
  let request: Message;
  try {
    request = ports.codec.decode(arrival.body);
  } catch (error) {
    if (error instanceof CodecError) return undecodable(error, arrival, ports, contentKey);
    throw error;
  }
  if (isAnswer(request.mti)) {
    ports.metrics.refusedFrames.inc({ reason: 'answer' });
    return NONE;
  }
  try {
    return { request, ...(await rule(request, arrival, ports, contentKey)) };
  } catch (error) {
    return failed(error, request, arrival, ports);
  }
}

/** A request that decodes: identity, keys, MAC, presence, profile, handler. */
async function rule(request: Message, arrival: Arrival, ports: Parts, contentKey: Buffer): Promise<Ruling> {
  const { peer, body, receivedAt } = arrival;
  const hash = contentHash(request, contentKey);
  const rrn = refusalRrn(hash, receivedAt);
  const no = (rc: string, path?: string, reason?: string): Reply =>
    refuse(rc, request.mti.startsWith('08') ? undefined : rrn, path, reason);
  const terminal = await ports.directory.find(peer.terminal);
  if (terminal === undefined) {
    return { reply: because(no('58'), 'the certificate names no terminal that we know'), keys: undefined };
  }
  if (request.get(41) !== peer.terminal) return { reply: because(no('58'), NOT_ITS_TERMINAL), keys: terminal.keys };
  const watched = watch(ports.guard, terminal, peer, rrn, receivedAt);
  const checked = await authenticate(request, body, terminal, ports, receivedAt);
  if (checked.kind === 'refused') return { reply: no(checked.rc, checked.path), keys: terminal.keys };
  const { own, mac } = checked;
  const refused = admission(request, own, mac);
  if (refused !== undefined) {
    const superseded = mac.kind === 'wrong' ? await supersededKeys(request, body, terminal, ports.hsm) : undefined;
    if (superseded !== undefined) {
      ports.shared.note(peer);
      const why = 'the MAC is of keys that a later key download replaced';
      return { reply: because(no('76'), why), keys: superseded };
    }
    if (refused !== '63') return { reply: because(no(refused), whyNot(refused, mac)), keys: own };
    ports.metrics.wrongMacs.inc({ terminal: peer.terminal });
    return { reply: watched.wrongMac() ?? because(no('63'), whyNot('63', mac)), keys: own };
  }
  const keys = mac.kind === 'good' ? mac.keys : own;
  noteUnknownTags(request, peer, ports);
  const tx = mapRequest(request);
  if (tx.kind === 'refused') {
    const path = tx.rc === '12' || tx.path === '0' ? undefined : tx.path;
    return { reply: no(tx.rc, path), keys };
  }
  if (isExpired(tx, receivedAt)) return { reply: no('54'), keys };
  const freshness = freshnessOf(tx, receivedAt, ports.clockWindow ?? DEFAULT_WINDOW);
  if (freshness !== 'fresh') {
    const { localDate, localTime } = tx;
    ports.log.warn(
      { terminal: peer.terminal, mti: request.mti, localDate, localTime },
      'the clock of a terminal is wrong',
    );
  }
  if (freshness === 'wrong') return { reply: no('30', '13', CLOCK_WRONG), keys };
  const stale = freshness === 'stale';
  const held = watched.admit(tx);
  if (held !== undefined) return { reply: held, keys };
  const reply = await route(tx, { ports, request, terminal, keys, receivedAt, contentHash: hash, stale });
  watched.note(reply.rc);
  return { reply, keys: reply.keys ?? keys };
}

/** Tags that the dialect does not describe are ignored and logged (wire.md 5); their values stay out of the log. */
function noteUnknownTags(request: Message, peer: Peer, { metrics, log }: Parts): void {
  const tags = unknownTags(request);
  if (tags.length === 0) return;
  for (const path of tags) metrics.unknownTags.inc({ element: path.slice(0, path.indexOf('.')) });
  log.info({ terminal: peer.terminal, mti: request.mti, tags }, 'unknown tags');
}

type Authenticated =
  | Extract<DukptCheck, { kind: 'refused' }>
  | { readonly kind: 'checked'; readonly own: MessageKeys | undefined; readonly mac: MacCheck };

/** By the key scheme of DE 53: DUKPT, else the terminal's session keys.
 *  @returns `own`: what answers are MACed under, a refusal too */
async function authenticate(
  request: Message,
  body: Buffer,
  terminal: TerminalRecord,
  ports: Parts,
  now: number,
): Promise<Authenticated> {
  const dukpt = await checkDukpt(request, body, ports.bdks, ports.hsm);
  if (dukpt.kind !== 'none') return dukpt;
  const mac = await checkMac(request, body, terminal, ports.hsm, now);
  if (mac.kind === 'good' || (mac.kind === 'absent' && terminal.keys !== undefined)) {
    return { kind: 'checked', own: terminal.keys, mac };
  }
  // Another copy of the gateway may have given it new keys this moment: the terminal is faster than the notice of it.
  const fresh = await ports.directory.reread(terminal.terminal);
  if (fresh === undefined || fresh === terminal) return { kind: 'checked', own: terminal.keys, mac };
  return { kind: 'checked', own: fresh.keys, mac: await checkMac(request, body, fresh, ports.hsm, now) };
}

/** First what must and must not be there, as the dialect says, but only of messages that are served at all: an unknown MTI or
 *  DE 3 is RC 12. */
function mapRequest(request: Message): ReturnType<typeof mapNative> {
  const fault = presenceFault(request);
  if (fault === undefined) return mapNative(request);
  return { kind: 'refused', rc: '30', ...fault };
}

/** RC 54. A return gives money back, whatever became of the card since. */
function isExpired(tx: Transaction, now: number): boolean {
  const { isoDate } = tehran(now);
  return 'card' in tx && tx.kind !== 'return' && expired(tx.card.expiry, isoDate.slice(2, 4) + isoDate.slice(5, 7));
}

/** wire.md 8: no keys yet is RC 76, a wrong or missing MAC 63. Sign-on, echo and key download must work without. */
function admission(request: Message, own: MessageKeys | undefined, mac: MacCheck): '63' | '76' | undefined {
  const network = request.mti === '0800' || request.mti === '0801';
  const code = request.get(70);
  if (network && code === '101') return undefined; // the certificate speaks for the terminal
  if (mac.kind === 'good') return undefined;
  if (own === undefined) return network ? undefined : '76';
  return network && mac.kind === 'absent' ? undefined : '63';
}

function whyNot(rc: '63' | '76', mac: MacCheck): string {
  if (rc === '76') return 'the terminal has no session keys yet';
  return mac.kind === 'absent' ? 'it has no MAC' : 'its MAC is wrong';
}

/** RC 96 says that nothing was taken: who cannot know does not answer (`outcomeUnknown`). */
async function failed(
  error: unknown,
  request: Message,
  { peer }: Arrival,
  ports: Parts,
): Promise<Decided | FrameResult> {
  const answerable = !request.mti.startsWith('02') || !outcomeUnknown(error);
  ports.log.error(
    { mti: request.mti, terminal: peer.terminal, stan: request.get(11), answerable, error: messageOf(error) },
    'request failed',
  );
  if (answerable) return { request, reply: refuse('96'), keys: await keysOf(peer, ports) };
  ports.metrics.refusedFrames.inc({ reason: 'doubt' });
  return NONE;
}

async function undecodable(
  error: CodecError,
  arrival: Arrival,
  ports: Parts,
  contentKey: Buffer,
): Promise<Decided | FrameResult> {
  const { body, peer, receivedAt } = arrival;
  ports.metrics.refusedFrames.inc({ reason: 'undecodable' });
  ports.log.warn(
    { terminal: peer.terminal, path: error.path, offset: error.offset, reason: error.reason },
    'frame refused',
  );
  const salvaged = ports.codec.salvage(body, SALVAGED);
  if (salvaged?.fields['11'] === undefined || salvaged.fields['41'] === undefined) {
    return { kind: 'close', reason: `undecodable at ${error.path}: ${error.reason}` };
  }
  if (isAnswer(salvaged.mti)) return NONE;
  const { mti, fields } = salvaged;
  const request = {
    mti,
    get: (de: number | string) => fields[String(de)],
    fields: () => Object.keys(fields).map(Number),
    entries: () => [],
  };
  const rrn = mti.startsWith('08') ? undefined : refusalRrn(contentHash(request, contentKey), receivedAt);
  const reply =
    fields['41'] === peer.terminal ? refuse('30', rrn, error.path) : because(refuse('58', rrn), NOT_ITS_TERMINAL);
  return { request, reply, keys: await keysOf(peer, ports) };
}

async function keysOf(peer: Peer, ports: Ports): Promise<SessionKeys | undefined> {
  try {
    return (await ports.directory.find(peer.terminal))?.keys;
  } catch (error) {
    ports.log.error({ terminal: peer.terminal, error: messageOf(error) }, 'keys of a terminal cannot be read');
    return undefined;
  }
}

/** The one way out: every answer is built, MACed, counted and logged here. */
async function answer({ request, reply, keys }: Decided, arrival: Arrival, ports: Parts): Promise<FrameResult> {
  const { clock, metrics, answered } = ports;
  const now = clock.now();
  const body = await sealWhatFits(buildAnswer(request, reply, now), keys, ports);
  const seconds = (now - arrival.receivedAt) / 1_000;
  const mti = SERVED_MTIS.has(request.mti) ? request.mti : 'other';
  metrics.requests.inc({ mti, de3: servedCode(request.get(3)), de39: reply.rc });
  metrics.latency.observe({ mti }, seconds);
  const line = {
    mti: request.mti,
    de3: request.get(3),
    de39: reply.rc,
    terminal: arrival.peer.terminal,
    stan: request.get(11),
    rrn: reply.fields[37],
    seconds,
  };
  if (reply.why === undefined) answered.info(line, 'answered');
  else ports.log.warn({ ...line, why: reply.why }, 'refused');
  return { kind: 'answer', body };
}

/** The outcome is stored: an element that cannot be written must not keep the terminal from hearing the rest of it. What is left
 *  out is left out of every repeat too.
 *  @throws CodecError when it is not an element that an answer can do without */
async function sealWhatFits(message: MessageInput, keys: MessageKeys | undefined, ports: Parts): Promise<Buffer> {
  const { codec, hsm, log, metrics } = ports;
  const fields = { ...message.fields };
  for (;;) {
    try {
      return await seal({ mti: message.mti, fields }, keys, codec, hsm);
    } catch (error) {
      const element = error instanceof CodecError ? /^[0-9]+/.exec(error.path)?.[0] : undefined;
      if (element === undefined || fields[element] === undefined || NEEDED.has(element)) throw error;
      log.error(
        { mti: message.mti, rrn: fields[37], fault: messageOf(error) },
        'an element of an answer cannot be written',
      );
      metrics.refusedFrames.inc({ reason: 'unwritable' });
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy of our own, with elements as its names
      delete fields[element];
    }
  }
}
