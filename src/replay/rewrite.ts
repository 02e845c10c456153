import { demoHousehold, WRONG_PIN, type Exchange, type Intent } from '../capture/index.ts';
import type { FieldInput, Message } from '../codec/index.ts';
import { encryptPinBlock } from '../hsm/index.ts';
import { DEMO_PIN, demoPan } from '../demo/index.ts';
import type { Identities } from './identity.ts';
import { keysOfMessage, macOf, type TerminalKeys } from './keys.ts';

/** What a replay makes anew in each request. */
export const REWRITES = ['stan', 'time', 'mac', 'pin', 'rrn', 'pan'] as const;
export type Rewrite = (typeof REWRITES)[number];

/** Values that the gateway makes up: RRN, authorisation code, receipt token, quote reference. The first time such a value
 *  of the capture is met, the one of this run is learned; afterwards it must be that one. */
export const MADE_UP = ['37', '38', '48.11', '48.14'] as const;
/** Where requests name what an earlier answer made up. */
const NAMED: Readonly<Record<string, (typeof MADE_UP)[number]>> = {
  '37': '37',
  '38': '38',
  '48.10': '37',
  '48.14': '48.14',
};
const DATE_TIME = { '12': /^([01]\d|2[0-3])([0-5]\d){2}$/, '13': /^(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/ } as const;

export class Rewriter {
  readonly #rewrites: ReadonlySet<Rewrite>;
  readonly #identities: Identities;
  readonly #learned = new Map<string, string>();

  constructor(rewrites: ReadonlySet<Rewrite>, identities: Identities) {
    this.#rewrites = rewrites;
    this.#identities = identities;
  }

  /** What of the capture's value is learned of this run. */
  learned(kind: string, recorded: string): string | undefined {
    return this.#rewrites.has('rrn') ? this.#learned.get(`${kind} ${recorded}`) : recorded;
  }

  learn(kind: string, recorded: string, actual: string): void {
    this.#learned.set(`${kind} ${recorded}`, actual);
  }

  /** The request as it goes out in this run.
   *  @throws CodecError where a value does not fit */
  request(
    exchange: Exchange & { readonly message: Message },
    session: TerminalKeys | undefined,
    intent: Intent,
  ): Message {
    let message = exchange.message;
    const keys = keysOfMessage(message, session, 'request');
    for (const [path, value] of Object.entries({
      ...this.#names(exchange),
      ...this.#references(message),
      ...this.#card(message),
    }))
      if (message.get(pathOf(path)) !== value) message = message.with({ [path]: value });
    if (this.#rewrites.has('pin') && keys !== undefined) message = withPin(message, keys, intent);
    const mac = message.has(128) ? 128 : 64;
    if (!this.#rewrites.has('mac') || keys === undefined || !message.has(mac)) return message;
    const fresh = macOf(keys, message.encode().subarray(0, message.offsetOf(mac)));
    if (intent.mac === 'wrong') fresh[7] = (fresh[7] ?? 0) ^ 0x01;
    return message.with({ [mac]: fresh.toString('hex').toUpperCase() });
  }

  #names({ message, terminal }: Exchange & { readonly message: Message }): Record<string, FieldInput> {
    const [stan, sent = '', time = '', date = ''] = [11, 7, 12, 13].map((de) => message.get(de));
    if (stan === undefined || stan === '000000') return {};
    const identity = this.#identities.of(terminal, { stan, sent, time, date });
    const changes: Record<string, FieldInput> = {};
    if (this.#rewrites.has('stan')) changes['11'] = identity.stan;
    if (this.#rewrites.has('time')) {
      if (sent !== '') changes['7'] = this.#identities.transmission(terminal, stan, sent);
      if (DATE_TIME['12'].test(time)) changes['12'] = identity.time;
      if (DATE_TIME['13'].test(date)) changes['13'] = identity.date;
    }
    const original = message.get(90);
    if (original?.length === 42) changes['90'] = this.#original(terminal, original);
    return changes;
  }

  #original(terminal: string, de90: string): string {
    const [stan, sent] = [de90.slice(4, 10), de90.slice(10, 20)];
    const newStan = this.#rewrites.has('stan') ? this.#identities.originalStan(terminal, stan, sent) : stan;
    const newSent = this.#rewrites.has('time') ? this.#identities.transmission(terminal, stan, sent) : sent;
    return de90.slice(0, 4) + newStan + newSent + de90.slice(20);
  }

  #references(message: Message): Record<string, FieldInput> {
    const changes: Record<string, FieldInput> = {};
    for (const [path, kind] of Object.entries(NAMED)) {
      const value = message.get(pathOf(path));
      const now = value === undefined ? undefined : this.learned(kind, value);
      if (now !== undefined) changes[path] = now;
    }
    return changes;
  }

  #card(message: Message): Record<string, FieldInput> {
    if (!this.#rewrites.has('pan')) return {};
    const changes: Record<string, FieldInput> = {};
    const [pan, track] = [message.get(2), message.get(35)];
    if (pan !== undefined) changes['2'] = playedPan(pan);
    if (track !== undefined) changes['35'] = track.replace(/^\d{16}(?=[=D])/, playedPan);
    return changes;
  }
}

/** The PAN that stands in for a sanitised special household of the demo programme is played by that household. */
export function playedPan(pan: string): string {
  const household = demoHousehold(pan);
  return household === undefined || demoPan(household).slice(0, 15) === pan.slice(0, 15) ? pan : demoPan(household);
}

function withPin(message: Message, keys: TerminalKeys, intent: Intent): Message {
  const pan = message.get(2) ?? /^\d{13,19}/.exec(message.get(35) ?? '')?.[0];
  const path = keys.algorithm === 'AES' ? '48.20' : '52';
  if (pan === undefined || pan.length < 13 || !message.has(pathOf(path))) return message;
  const pin = intent.pin === 'right' ? DEMO_PIN : WRONG_PIN;
  const block = encryptPinBlock(keys.tpk, keys.algorithm, keys.algorithm === 'AES' ? 4 : 0, pin, pan);
  return message.with({ [path]: block.toString('hex').toUpperCase() });
}

/** `get` and `has` take elements as numbers. */
export function pathOf(path: string): number | string {
  return path.includes('.') ? path : Number(path);
}
