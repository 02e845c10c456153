import { demoHousehold, WRONG_PIN, type Exchange, type Intent } from '../capture/index.ts';
import type { Message } from '../codec/index.ts';
import { encryptPinBlock } from '../hsm/index.ts';
import { DEMO_PIN, demoPan } from '../demo/index.ts';
import type { Anatomy, Part } from '../profiles/index.ts';
import { recordedOf, type Identities, type Recorded } from './identity.ts';
import { keysOfMessage, macOf, type TerminalKeys } from './keys.ts';

/** What a replay makes anew in each request. */
export const REWRITES = ['stan', 'time', 'mac', 'pin', 'rrn', 'pan'] as const;
export type Rewrite = (typeof REWRITES)[number];

/** Values that the gateway makes up: RRN, authorisation code, receipt token, quote reference. The first time such a value
 *  of the capture is met, the one of this run is learned; afterwards it must be that one. */
export type MadeUp = 'rrn' | 'authCode' | 'receiptToken' | 'quoteRef';

/** Each by the values of a profile that it stands in, in answers and in requests that name what an earlier answer made up. */
const MADE_UP: Readonly<Record<string, MadeUp>> = {
  rrn: 'rrn',
  originalRrn: 'rrn',
  purchaseRrn: 'rrn',
  quoteRrn: 'rrn',
  authCode: 'authCode',
  receiptToken: 'receiptToken',
  quoteRef: 'quoteRef',
  quote: 'quoteRef',
};
/** Where ISO 8583 has them, in messages of which the profile does not say it. */
const USUAL: Readonly<Record<string, MadeUp>> = { '37': 'rrn', '38': 'authCode' };

/** Which made-up value stands in a place; undefined: none. */
export function madeUpAt(name: string | undefined, path: string): MadeUp | undefined {
  return name === undefined ? USUAL[path] : MADE_UP[name];
}

const TIME = /^([01]\d|2[0-3])([0-5]\d){2}$/;
const DATE = /^(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;

export class Rewriter {
  readonly #rewrites: ReadonlySet<Rewrite>;
  readonly #identities: Identities;
  readonly #learned = new Map<MadeUp, Map<string, string>>();

  constructor(rewrites: ReadonlySet<Rewrite>, identities: Identities) {
    this.#rewrites = rewrites;
    this.#identities = identities;
  }

  /** What of the capture's value is learned of this run. */
  learned(kind: MadeUp, recorded: string): string | undefined {
    return this.#rewrites.has('rrn') ? this.#learned.get(kind)?.get(recorded) : recorded;
  }

  learn(kind: MadeUp, recorded: string, actual: string): void {
    const known = this.#learned.get(kind) ?? new Map<string, string>();
    this.#learned.set(kind, known.set(recorded, actual));
  }

  /** A text for a receipt as it must be in this run: what is made up and stands in it, by how it looks there. */
  told(text: string, { names, looks }: NonNullable<Part['lines']>): string {
    if (!this.#rewrites.has('rrn')) return text;
    const kinds = new Set(names.flatMap((name) => MADE_UP[name] ?? []));
    const pairs = [...kinds].flatMap((kind) => [...(this.#learned.get(kind) ?? [])]);
    return pairs.reduce((before, [recorded, actual]) => before.replaceAll(looks(recorded), looks(actual)), text);
  }

  /** The request as it goes out in this run.
   *  @throws CodecError where a value does not fit */
  request(
    exchange: Pick<Exchange, 'terminal'> & { readonly message: Message },
    anatomy: Anatomy,
    session: TerminalKeys | undefined,
    intent: Intent,
  ): Message {
    const { message: recorded, terminal } = exchange;
    const parts = anatomy.request(recorded);
    const fresh = this.#fresh(terminal, recordedOf(parts), parts);
    let message = parts.reduce((before, part) => {
      const text = fresh(part);
      return text === undefined || text === part.text ? before : part.put(before, text);
    }, recorded);
    const code = message.get(38); // a reversal may say it, though no layout does
    const learnt = code === undefined ? undefined : this.learned('authCode', code);
    if (learnt !== undefined && learnt !== code) message = message.with({ 38: learnt });
    const keys = keysOfMessage(anatomy, message, session, 'request');
    if (this.#rewrites.has('pin') && keys !== undefined) message = withPin(message, anatomy, keys, intent);
    const mac = message.has(128) ? 128 : 64;
    if (!this.#rewrites.has('mac') || keys === undefined || !message.has(mac)) return message;
    const bytes = macOf(keys, message.encode().subarray(0, message.offsetOf(mac)));
    if (intent.mac === 'wrong') bytes[7] = (bytes[7] ?? 0) ^ 0x01;
    return message.with({ [mac]: bytes.toString('hex').toUpperCase() });
  }

  /** What stands in each part in this run; undefined: what stood there. */
  #fresh(terminal: string, recorded: Recorded, parts: readonly Part[]): (part: Part) => string | undefined {
    const named = recorded.stan !== '' && recorded.stan !== '000000';
    const identity = named ? this.#identities.of(terminal, recorded) : undefined;
    const [stan, time] = [this.#rewrites.has('stan'), this.#rewrites.has('time')];
    const of = (name: string): string => parts.find((part) => part.name === name)?.text ?? '';
    const original = { stan: of('originalStan'), sent: of('originalTransmission') };
    return ({ name, path, text }) => {
      const kind = madeUpAt(name, path);
      if (kind !== undefined) return this.learned(kind, text);
      switch (name) {
        case 'pan':
          return this.#rewrites.has('pan') ? playedPan(text) : undefined;
        case 'track2':
          return this.#rewrites.has('pan') ? text.replace(/^\d{16}(?=[=D])/, playedPan) : undefined;
      }
      if (identity === undefined) return undefined;
      switch (name) {
        case 'stan':
          return stan ? identity.stan : undefined;
        case 'transmission':
          return time ? this.#identities.transmission(terminal, recorded.stan, text) : undefined;
        case 'localTime':
          return time && TIME.test(text) ? identity.time : undefined;
        case 'localDate':
          return time && DATE.test(text) ? identity.date : undefined;
        case 'localYear':
          return time && DATE.test(recorded.date) ? identity.year : undefined;
        case 'originalStan':
          return stan ? this.#identities.originalStan(terminal, text, original.sent) : undefined;
        case 'originalTransmission':
          return time ? this.#identities.transmission(terminal, original.stan, text) : undefined;
        default:
          return undefined;
      }
    };
  }
}

/** The PAN that stands in for a sanitised special household of the demo programme is played by that household. */
export function playedPan(pan: string): string {
  const household = demoHousehold(pan);
  return household === undefined || demoPan(household).slice(0, 15) === pan.slice(0, 15) ? pan : demoPan(household);
}

function withPin(message: Message, anatomy: Anatomy, keys: TerminalKeys, intent: Intent): Message {
  const parts = anatomy.request(message);
  const text = (name: string): string | undefined => parts.find((part) => part.name === name)?.text;
  const pan = text('pan') ?? /^\d{13,19}/.exec(text('track2') ?? '')?.[0];
  const place = parts.find(({ name }) => name === (keys.algorithm === 'AES' ? 'pinAes' : 'pin'));
  if (pan === undefined || pan.length < 13 || place === undefined) return message;
  const pin = intent.pin === 'right' ? DEMO_PIN : WRONG_PIN;
  const block = encryptPinBlock(keys.tpk, keys.algorithm, keys.algorithm === 'AES' ? 4 : 0, pin, pan);
  return place.put(message, block.toString('hex').toUpperCase());
}

/** `get` and `has` take elements as numbers. */
export function pathOf(path: string): number | string {
  return path.includes('.') ? path : Number(path);
}
