import type { SecureContext } from 'node:tls';
import type { Codec, FieldInput, Message } from '../../codec/index.ts';
import type { MoneyUnit } from '../../field/money-unit.ts';
import { cmac, encryptPinBlock, retailMac, unwrapKeyBlock } from '../../hsm/index.ts';
import { systemClock, tehran, transmissionDateTime, type Clock } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { FINAL_CODES, type Speaker, type Told } from '../../profiles/index.ts';
import {
  openConnection,
  tlsContext,
  type Connection,
  type DirectLine,
  type Endpoint,
  type PlainEndpoint,
} from './connection.ts';
import { RIALS, stepsOf, unitAt, unitOfMessage, type DeviceUnits } from './units.ts';

export interface TerminalOptions {
  readonly endpoint: Endpoint | PlainEndpoint | DirectLine;
  readonly codec: Codec;
  readonly terminal: string;
  readonly merchant: string;
  readonly algorithm: 'TDES' | 'AES';
  /** Clear TMK: a simulator is its own secure device. */
  readonly tmk: Buffer;
  /** What takes the place of the machine's clock, or of parts of it. */
  readonly clock?: Partial<Clock>;
  readonly timeoutMs: number;
  /** The STAN of the first request, 1-999999. */
  readonly firstStan: number;
  /** Dial again when the gateway has closed the connection, as devices do (default: it stays closed). */
  readonly redial?: boolean;
  /** Told of every answer, before who asked has it. */
  readonly onAnswer?: (answer: Answer) => void;
  /** Told of every message as it goes over the wire. */
  readonly onFrame?: (way: 'sent' | 'heard', message: Message) => void;
  /** Whether the line breaks just before the answer to this request is heard (default: it does not). */
  readonly losesAnswer?: (request: Message) => boolean;
  /** What it speaks on the wire (default: the contract itself). It thinks in the contract's messages all the same. */
  readonly speaker?: Speaker | undefined;
  /** In which unit it says amounts on which day (default: rials, for ever). */
  readonly units?: DeviceUnits | undefined;
}

/** A card as the simulated customer holds it. */
export interface SimulatedCard {
  readonly pan: string;
  readonly track2: string;
  readonly pin: string | undefined;
}

export interface Answer {
  readonly rc: string;
  readonly message: Message;
  /** Whether the answer's MAC holds; undefined: it carries none. */
  readonly macGood: boolean | undefined;
  readonly request: Message;
  /** What DE 4 counts in it. */
  readonly unit: MoneyUnit;
  /** As it came, and what was sent, where the device speaks another profile. */
  readonly heard?: Message | undefined;
  readonly said?: Message | undefined;
}

type Fields = Readonly<Record<number, FieldInput | undefined>>;

/** What a terminal remembers; its connections share it. */
interface Memory {
  stan: number;
  tpk: Buffer | undefined;
  tak: Buffer | undefined;
  readonly context: SecureContext | undefined;
}

/** A POS terminal as a library: signs on, takes its keys, encrypts PINs, makes and checks MACs (wire.md 3, 8). */
export class SimulatedTerminal {
  readonly clock: Clock;
  readonly #options: TerminalOptions;
  #connection: Connection;
  #dialling: Promise<Connection> | undefined;
  readonly #own: Memory;

  private constructor(options: TerminalOptions, clock: Clock, connection: Connection, own: Memory) {
    this.clock = clock;
    this.#options = options;
    this.#connection = connection;
    this.#own = own;
  }

  static async connect(options: TerminalOptions): Promise<SimulatedTerminal> {
    const { endpoint, firstStan } = options;
    const codec = options.speaker?.codec ?? options.codec;
    const clock = { ...systemClock, ...options.clock };
    const context = endpoint.tls === undefined ? undefined : tlsContext(endpoint.tls);
    const connection = await openConnection(endpoint, codec, clock, context);
    return new SimulatedTerminal(options, clock, connection, {
      stan: firstStan,
      tpk: undefined,
      tak: undefined,
      context,
    });
  }

  /** Another connection of the same terminal: it shares keys and the counter of STANs, as behind a concentrator. */
  async another(): Promise<SimulatedTerminal> {
    const { endpoint } = this.#options;
    const codec = this.#wireCodec;
    const connection = await openConnection(endpoint, codec, this.clock, this.#own.context);
    return new SimulatedTerminal(this.#options, this.clock, connection, this.#own);
  }

  close(): void {
    this.#connection.close();
  }

  /** The line breaks this moment; what was sent has left. */
  cut(): void {
    this.#connection.cut();
  }

  /** 0800/001, then 0800/101: after this the terminal can MAC and encrypt. Keys that the gateway honours no longer (63, 76) are
   *  dropped first: another device, or a restore, replaced them.
   *  @throws GatewayError `terminal.keys` when the gateway refuses */
  async signOn(): Promise<void> {
    let signOn = await this.network('001');
    if (signOn.rc === '63' || signOn.rc === '76') {
      this.#own.tpk = this.#own.tak = undefined;
      signOn = await this.network('001');
    }
    if (signOn.rc !== '00') throw new GatewayError('terminal.keys', `sign-on refused: RC ${signOn.rc}`);
    await this.newKeys();
  }

  /** 0800/101: takes new session keys. The old ones stay where the answer is refused or is not under the new ones.
   *  @throws GatewayError `terminal.keys` */
  async newKeys(): Promise<void> {
    const { message, rc, heard } = await this.network('101');
    const [tpk, tak] = [message.get('48.30'), message.get('48.31')];
    if (rc !== '00' || tpk === undefined || tak === undefined)
      throw new GatewayError('terminal.keys', `key download refused: RC ${rc}`);
    const before = { tpk: this.#own.tpk, tak: this.#own.tak };
    const keys = { tpk: unwrapKeyBlock(tpk, this.#options.tmk).key, tak: unwrapKeyBlock(tak, this.#options.tmk).key };
    Object.assign(this.#own, keys);
    if (this.#macHolds(heard ?? message)) return;
    Object.assign(this.#own, before); // what nobody vouches for is not worked with
    throw new GatewayError('terminal.keys', 'the key download is not MACed under its own TAK');
  }

  /** The STAN that the next request will have. */
  get nextStan(): number {
    return this.#own.stan;
  }

  /** The message as it would be without a MAC. */
  withoutMac(original: Message): Message {
    const { codec } = this.#options;
    const kept = original.fields().filter((de) => de !== 64 && de !== 128);
    return codec.decode(
      codec.encode({
        mti: original.mti,
        fields: Object.fromEntries(kept.map((de) => [String(de), original.get(de) ?? ''])),
      }),
    );
  }

  /** Bytes as a message of this terminal's dialect. @throws CodecError */
  decode(bytes: Uint8Array): Message {
    return this.#options.codec.decode(bytes);
  }

  /** The message once more with other elements or another MTI, as a repeat has it: no STAN is used up. */
  again(original: Message, mti: string, fields: Fields = {}): Message {
    const own: Record<number, FieldInput | undefined> = {};
    for (const de of original.fields()) if (de !== 64 && de !== 128) own[de] = original.get(de);
    return this.#options.codec.decode(this.#sealed(mti, { ...own, ...fields }, true));
  }

  network(code: string): Promise<Answer> {
    return this.send('0800', { 70: code }, { mac: code !== '101' });
  }

  /** In which it says amounts today. */
  get unit(): MoneyUnit {
    return unitAt(this.#units, this.clock.now());
  }

  /** A financial request with this card: `fields` wins over what is filled in. */
  async financial(
    processingCode: string,
    amountRials: bigint,
    card: SimulatedCard,
    fields: Fields = {},
  ): Promise<Answer> {
    const prepared = await this.prepareSale(processingCode, amountRials, card, fields);
    return 'rc' in prepared ? prepared : this.exchange(prepared.request);
  }

  /** The message that `financial` would send. Where the PSP buys in two steps, it is quoted first, and names its quote.
   *  @returns what the quote was answered, where it gave none */
  async prepareSale(
    processingCode: string,
    amountRials: bigint,
    card: SimulatedCard,
    fields: Fields = {},
  ): Promise<{ readonly request: Message } | Answer> {
    if (!this.buysInTwoSteps(processingCode, fields))
      return { request: this.prepareFinancial(processingCode, amountRials, card, fields) };
    const tags = typeof fields[48] === 'object' ? fields[48] : {};
    const quoted = await this.exchange(this.prepareQuote(amountRials, card, fields));
    const quoteRef = quoted.message.get('48.14');
    if (quoted.rc !== '00' || quoteRef === undefined) return quoted;
    const named = { ...fields, 48: { ...tags, '14': quoteRef } };
    return { request: this.prepareFinancial(processingCode, amountRials, card, named) };
  }

  /** Whether a purchase needs a quote, and names none yet. */
  buysInTwoSteps(processingCode: string, fields: Fields = {}): boolean {
    const names = typeof fields[48] === 'object' && '14' in fields[48];
    return !names && this.#options.speaker?.buysInTwoSteps(processingCode) === true;
  }

  /** The inquiry that quotes a purchase of these elements, and reserves its credit. */
  prepareQuote(amountRials: bigint, card: SimulatedCard, fields: Fields = {}): Message {
    const tags = typeof fields[48] === 'object' ? fields[48] : {};
    const asked = { ...('01' in tags ? { '01': tags['01'] } : {}), '15': '1' };
    return this.prepareFinancial('379800', amountRials, { ...card, pin: undefined }, { 48: asked });
  }

  /** What a device keeps of a purchase beside its message, so that it can be taken back after a power cut; undefined: nothing. */
  recall(purchase: Message): Told | undefined {
    return this.#options.speaker?.recall(purchase);
  }

  /** What was recalled. @param stan of the purchase */
  remind(stan: string, told: Told | undefined): void {
    if (told !== undefined) this.#options.speaker?.remind(stan, told);
  }

  /** Whether an answer ends the repeats of a reversal or advice. */
  isFinal({ request, rc, heard }: Answer): boolean {
    return this.#options.speaker?.isFinal(request, heard?.get(39) ?? rc) ?? FINAL_CODES.includes(rc);
  }

  /** Whether what it speaks has a message for this; no STAN is used up. */
  canAsk(processingCode: string, amountRials: bigint): boolean {
    const { codec, speaker } = this.#options;
    const fields = { 3: processingCode, 4: amountRials === 0n ? '000000000000' : '000000000001', 11: '000001' };
    return speaker?.canSay(codec.decode(codec.encode({ mti: '0200', fields }))) ?? true;
  }

  /** The message that `financial` would send. */
  prepareFinancial(processingCode: string, amountRials: bigint, card: SimulatedCard, fields: Fields = {}): Message {
    const aes = this.#options.algorithm === 'AES';
    const { unit } = this;
    const pin = card.pin === undefined ? undefined : this.#pinBlock(card.pin, card.pan);
    const given = typeof fields[48] === 'object' ? fields[48] : {};
    const privateData = { ...given, ...(aes && pin !== undefined ? { '20': pin } : {}) };
    return this.prepare('0200', {
      3: processingCode,
      4: String(stepsOf(amountRials, unit)).padStart(12, '0'),
      22: pin === undefined ? '071' : '051',
      25: '00',
      35: card.track2,
      49: unit.numeric,
      52: aes ? undefined : pin,
      53: pin === undefined ? undefined : (aes ? '02' : '01').padEnd(16, '0'),
      ...fields,
      48: Object.keys(privateData).length === 0 ? undefined : privateData,
    });
  }

  /** Reverses what `original` asked (0400 with DE 90). */
  reverse(original: Message, reason: '68' | '17' | '22', fields: Fields = {}): Promise<Answer> {
    const origin = original.mti + (original.get(11) ?? '') + (original.get(7) ?? '');
    this.remind(original.get(11) ?? '', this.recall(original)); // it may not have been sent
    return this.send('0400', {
      3: original.get(3),
      4: original.get(4),
      25: '00',
      35: original.get(35),
      39: reason,
      49: original.get(49) ?? this.unit.numeric,
      90: origin.padEnd(42, '0'),
      ...fields,
    });
  }

  /** Any message: DE 7, 11, 12, 13, 41, 42 are filled in, the MAC is made.
   *  @throws GatewayError `terminal.silence` when no answer comes in time */
  async send(mti: string, fields: Fields, options: { mac?: boolean } = {}): Promise<Answer> {
    return this.exchange(this.prepare(mti, fields, options));
  }

  /** The message that `send` would send, with a STAN of its own: for who sends it later, or by another connection. */
  prepare(mti: string, fields: Fields, options: { mac?: boolean } = {}): Message {
    const { codec, terminal, merchant } = this.#options;
    const now = this.clock.now();
    const named = fields[90];
    const same = this.#options.speaker?.lateKeepsStan === true && typeof named === 'string';
    const stan = same ? named.slice(4, 10) : String(this.#nextStan()).padStart(6, '0');
    const local = tehran(now);
    const own = { 7: transmissionDateTime(now), 11: stan, 12: local.time, 13: local.date, 41: terminal, 42: merchant };
    return codec.decode(this.#sealed(mti, { ...own, ...fields }, options.mac ?? true));
  }

  /** Sends a message as it is, for example a request a second time. */
  async exchange(request: Message, timeoutMs = this.#options.timeoutMs): Promise<Answer> {
    const { speaker } = this.#options;
    const told =
      speaker === undefined
        ? await this.#exchange(request, timeoutMs)
        : await this.#exchangeBy(speaker, request, timeoutMs);
    this.#options.onAnswer?.(told);
    return told;
  }

  /** Sends a message whose MAC is wrong, as a line or a thief spoils it. */
  async exchangeSpoilt(request: Message): Promise<Answer> {
    const { speaker, timeoutMs } = this.#options;
    if (speaker !== undefined) return this.#exchangeBy(speaker, request, timeoutMs, true);
    return this.exchange(this.decode(spoilt(request.encode())));
  }

  /** It speaks another profile than the contract. */
  get speaksAnother(): boolean {
    return this.#options.speaker !== undefined;
  }

  /** The same in a PSP's words. Where the PSP buys in two steps, a purchase is quoted first; what the quote is answered is the
   *  answer of a purchase that gets none. */
  async #exchangeBy(speaker: Speaker, request: Message, timeoutMs: number, spoil = false): Promise<Answer> {
    if (speaker.needsQuote(request)) {
      const basket = request.get('48.01');
      const track2 = request.get(35) ?? '';
      const card = { pan: track2.split('=')[0] ?? '', track2, pin: undefined };
      const tags = { '15': '1', ...(basket === undefined ? {} : { '01': basket }) };
      const total = BigInt(request.get(4) ?? '0') * this.#unitOf(request).stepRials;
      const asked = this.prepareFinancial('379800', total, card, { 48: tags });
      const quoted = await this.#exchangeBy(speaker, asked, timeoutMs);
      const quoteRef = quoted.message.get('48.14');
      if (quoted.rc !== '00' || quoteRef === undefined) return quoted;
      speaker.bind(request, quoteRef);
    }
    const { codec } = this.#options;
    const { mti, fields } = speaker.say(request, this.clock.now());
    const mac = request.has(64) || request.has(128);
    const sealed = this.#sealed(mti, fields as Fields, mac, speaker.codec);
    const said = speaker.codec.decode(spoil ? spoilt(sealed) : sealed);
    const heard = await this.#exchange(said, timeoutMs);
    const message = codec.decode(codec.encode(speaker.hear(request, heard.message, this.clock.now())));
    return {
      ...heard,
      unit: this.#unitOf(request),
      rc: message.get(39) ?? '',
      message,
      request,
      heard: heard.message,
      said,
    };
  }

  get #units(): DeviceUnits {
    return this.#options.units ?? RIALS;
  }

  #unitOf(message: Message): MoneyUnit {
    return unitOfMessage(this.#units, message, this.clock.now());
  }

  get #wireCodec(): Codec {
    return this.#options.speaker?.codec ?? this.#options.codec;
  }

  async #exchange(request: Message, timeoutMs: number): Promise<Answer> {
    const { onFrame, losesAnswer } = this.#options;
    const connection = await this.#connected();
    onFrame?.('sent', request);
    const answer = await connection.exchange(request.encode(), request.get(11) ?? '', timeoutMs);
    const isLost = answer !== undefined && losesAnswer?.(request) === true;
    if (isLost) connection.cut();
    if (answer === undefined || isLost) {
      const why = connection.open ? `within ${timeoutMs} ms` : ': the gateway closed the connection';
      throw new GatewayError('terminal.silence', `no answer to ${request.mti} ${why}`.replace(' :', ':'));
    }
    const { message } = answer;
    onFrame?.('heard', message);
    const carriesMac = message.has(64) || message.has(128);
    return {
      rc: message.get(39) ?? '',
      message,
      macGood: carriesMac ? this.#macHolds(message) : undefined,
      request,
      unit: this.#unitOf(request),
    };
  }

  /** The connection, or where it is closed and may be dialled again, its successor: dialled once for all who wait. */
  async #connected(): Promise<Connection> {
    const { endpoint, redial } = this.#options;
    const codec = this.#wireCodec;
    if (this.#connection.open || redial !== true) return this.#connection;
    this.#dialling ??= openConnection(endpoint, codec, this.clock, this.#own.context).finally(() => {
      this.#dialling = undefined;
    });
    return (this.#connection = await this.#dialling);
  }

  #nextStan(): number {
    const stan = this.#own.stan;
    this.#own.stan = stan >= 999_999 ? 1 : stan + 1;
    return stan;
  }

  #sealed(mti: string, fields: Fields, mac: boolean, codec = this.#options.codec): Buffer {
    const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    if (!mac || this.#own.tak === undefined) return codec.encode({ mti, fields: present });
    const field = Object.keys(present).some((de) => Number(de) > 64) ? 128 : 64;
    const bytes = codec.encode({ mti, fields: { ...present, [field]: '0000000000000000' } });
    this.#mac(bytes.subarray(0, bytes.length - 8)).copy(bytes, bytes.length - 8);
    return bytes;
  }

  #mac(data: Buffer): Buffer {
    const key = this.#own.tak;
    if (key === undefined) throw new GatewayError('terminal.keys', 'the terminal has no keys: sign on first');
    return this.#options.algorithm === 'AES' ? cmac(key, data).subarray(0, 8) : retailMac(key, data);
  }

  #macHolds(message: Message): boolean {
    if (this.#own.tak === undefined) return false;
    const bytes = message.encode();
    return this.#mac(bytes.subarray(0, bytes.length - 8)).equals(bytes.subarray(bytes.length - 8));
  }

  #pinBlock(pin: string, pan: string): string {
    if (this.#own.tpk === undefined) throw new GatewayError('terminal.keys', 'the terminal has no keys: sign on first');
    const aes = this.#options.algorithm === 'AES';
    return encryptPinBlock(this.#own.tpk, this.#options.algorithm, aes ? 4 : 0, pin, pan)
      .toString('hex')
      .toUpperCase();
  }
}

/** The last byte is the MAC's. */
function spoilt(bytes: Buffer): Buffer {
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
  return bytes;
}
