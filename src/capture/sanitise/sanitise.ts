import type { KeyAlgorithm } from '../../hsm/index.ts';
import { DEMO_TERMINALS, DEMO_ZMK } from '../../demo/index.ts';
import { Codecs } from '../codecs.ts';
import { pairExchanges } from '../exchanges.ts';
import type { Capture, CapturedFrame } from '../frame.ts';
import { pansOf, sanitiseMessage, type Intent, type MessageContext } from './message.ts';
import { PanMap } from './pans.ts';
import { Scrubber } from './scrub.ts';
import { dukptKeys, ksnOf } from './dukpt.ts';
import { testKeys, testTmk, type TestKeys } from './test-keys.ts';
import { holdsAny, withoutPans, type Pans } from './values.ts';
import type { Message } from '../../codec/index.ts';
import { keySchemeOf } from '../../field/key-scheme.ts';
import { isAnswer } from '../../field/mti.ts';

const RIGHT: Intent = { pin: 'right', mac: 'right' };
/** PANs, and KSNs by what they are of, that are remembered: of more the oldest are forgotten. */
const MOST_REMEMBERED = 200_000;

/** Makes frames nobody's, one after the other, as files.md (Captures) says. Frames come in the order of their time. */
export class Sanitiser {
  readonly #pans: Pick<PanMap, 'map'>;
  readonly #codecs: Codecs;
  readonly #scrubber = new Scrubber();
  readonly #generations = new Map<string, number>();
  readonly #algorithms = new Map<string, KeyAlgorithm>();
  readonly #known = new Set<string>();
  /** The KSN of DUKPT requests by owner and STAN: their answers do not say it again. */
  readonly #ksns = new Map<string, NonNullable<ReturnType<typeof ksnOf>>>();
  readonly #sealOnly: boolean;
  /** Frames that could not be shown to be clean, and were left out. */
  refused = 0;

  /** @param key `reseal`: PANs stay as they are, of a capture that is clean already */
  constructor(key: Buffer | 'reseal', codecs = new Codecs()) {
    this.#pans = key === 'reseal' ? { map: (pan) => pan } : new PanMap(key);
    this.#sealOnly = key === 'reseal';
    this.#codecs = codecs;
  }

  /** Remembers the PANs of a frame: they must not be left in any other one. `frame` does so by itself for what follows. */
  learn(frame: CapturedFrame): void {
    const message = this.#sealOnly ? undefined : this.#codecs.decode(frame);
    for (const pan of message === undefined ? [] : pansOf(message)) remember(this.#known, pan);
  }

  /** The frame without anybody's data.
   *  @param intent what its PIN and MAC were, where the answer tells
   *  @returns undefined when it cannot be made clean for certain: then it must not be kept */
  frame(frame: CapturedFrame, intent: Intent = RIGHT): CapturedFrame | undefined {
    if (frame.body.length === 0) return frame;
    this.learn(frame);
    const codec = this.#codecs.of(frame.dialect);
    const message = this.#codecs.decode(frame);
    const pans = this.#newPans();
    const connection = withoutPans(frame.connection, pans);
    if (message === undefined) {
      if (this.#sealOnly) return frame;
      const clean = (sound: Message): Message =>
        codec.decode(sanitiseMessage(sound, this.#context(frame, sound, intent, pans)));
      return { ...frame, connection, body: this.#scrubber.scrub(codec, frame.body, clean, pans) };
    }
    try {
      const body = sanitiseMessage(message, this.#context(frame, message, intent, pans));
      if (!holdsAny(body, pans)) return { ...frame, connection, body };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'CodecError') throw error;
    }
    this.refused++;
    return undefined;
  }

  #newPans(): Pans & { readonly placed: Set<string> } {
    const placed = new Set<string>();
    const map = (pan: string): string => {
      const other = this.#pans.map(pan);
      placed.add(other);
      return other;
    };
    return { map, known: this.#known, placed };
  }

  #context(frame: CapturedFrame, message: Message, intent: Intent, pans: Pans): MessageContext {
    const bank = frame.from === 'bank' || frame.dialect === 'bank-switch';
    const terminal = message.get(41) ?? '';
    const owner = bank ? `bank ${frame.connection}` : `terminal ${terminal}`;
    const algorithm = bank ? 'TDES' : this.#algorithm(terminal, message);
    // The answer that brings new keys is under them already (wire.md 8).
    if (message.mti.startsWith('081') && message.has('48.30'))
      this.#generations.set(owner, (this.#generations.get(owner) ?? 0) + 1);
    const generation = this.#generations.get(owner) ?? 0;
    const dukpt = bank ? undefined : this.#dukpt(owner, message);
    const pinKeys = (of: KeyAlgorithm): TestKeys => (dukpt?.algorithm === of ? dukpt : testKeys(owner, generation, of));
    const keys = dukpt ?? testKeys(owner, generation, algorithm);
    return { pans, keys, pinKeys, intent, kek: bank ? DEMO_ZMK : testTmk(terminal, algorithm) };
  }

  /** The keys of a DUKPT transaction; undefined: the message is of none. */
  #dukpt(owner: string, message: Message): TestKeys | undefined {
    const own = `${owner} ${message.get(11) ?? ''}`;
    const answer = isAnswer(message.mti);
    if (!answer) {
      const ksn = ksnOf(message);
      if (ksn === undefined) this.#ksns.delete(own);
      else remember(this.#ksns, own, ksn);
    }
    const ksn = this.#ksns.get(own);
    return ksn === undefined ? undefined : dukptKeys(ksn, answer);
  }

  /** Of the demo's terminals it is known; others show it by their key block, their PIN block or DE 53. */
  #algorithm(terminal: string, message: Message): KeyAlgorithm {
    const known =
      DEMO_TERMINALS.find((demo) => demo.terminal === terminal)?.algorithm ?? this.#algorithms.get(terminal);
    if (known !== undefined) return known;
    const scheme = keySchemeOf(message.get(53));
    const aes = scheme?.algorithm === 'AES' || message.has('48.20') || message.get('48.30')?.startsWith('D') === true;
    if (!aes && scheme === undefined && !message.has('48.30')) return 'TDES';
    this.#algorithms.set(terminal, aes ? 'AES' : 'TDES');
    return aes ? 'AES' : 'TDES';
  }
}

function remember<Key, Value>(store: Map<Key, Value> | Set<Key>, key: Key, value?: Value): void {
  if (store.size >= MOST_REMEMBERED && !store.has(key)) {
    const oldest = store.keys().next().value;
    if (oldest !== undefined) store.delete(oldest);
  }
  if (store instanceof Map) store.set(key, value as Value);
  else store.add(key);
}

/** What a request was, as its answer tells: RC 63 says the MAC was wrong, 55 and 75 the PIN.
 *  @param code of the answer, DE 39; undefined: there is none */
export function intentOf(code: string | undefined): Intent {
  const rc = code?.slice(-2);
  return { pin: rc === '55' || rc === '75' ? 'wrong' : 'right', mac: rc === '63' ? 'wrong' : 'right' };
}

/** A whole capture made nobody's. The same capture under the same key gives the same bytes.
 *  @param key any length; who has it can undo the PANs. `reseal` keeps PANs: for a clean capture that was edited */
export function sanitiseCapture(capture: Capture, key: Buffer | 'reseal'): Capture {
  const codecs = new Codecs();
  const sanitiser = new Sanitiser(key, codecs);
  const intents = new Map<CapturedFrame, Intent>();
  for (const exchange of pairExchanges(capture.frames, codecs).exchanges)
    intents.set(exchange.request, intentOf(exchange.answerMessage?.get(39)));
  // A PAN may stand in an earlier frame than the one that shows it to be one.
  for (const frame of capture.frames) sanitiser.learn(frame);
  const frames: CapturedFrame[] = [];
  const notes = [...capture.notes];
  for (const [index, frame] of capture.frames.entries()) {
    const clean = sanitiser.frame(frame, intents.get(frame));
    if (clean === undefined) notes.push(`frame ${index + 1}: cannot be made clean for certain, left out`);
    else frames.push(clean);
  }
  return { frames, notes };
}
