import { CodecError, type FieldInput, type FrameOptions, type Message, type MessageInput } from '../../codec/index.ts';
import { isAnswer } from '../../field/mti.ts';
import type { Clock } from '../../ops/clock.ts';
import type { Random } from '../../ops/random.ts';
import type { TlsTexts } from '../../ops/tls-files.ts';
import {
  DEFAULT_WINDOW,
  freshnessOf,
  loadProfile,
  NATIVE_FILE,
  openProfile,
  type Answer,
  type LoadedProfile,
  type Mapped,
  type Profile,
} from '../../profiles/index.ts';
import type { Fault, RequestKind, Rule, Step } from '../case.ts';
import { speechOf, type Speech } from '../speech.ts';
import { nothingSeen, type CaseSeen, type SeenAnswer, type SeenRequest } from '../seen.ts';
import { Books, contentOf, type Entry } from './books.ts';
import { inContract } from './contract.ts';
import { decide, kindOf, type Quote } from './decide.ts';
import { openDoor, type Door, type Line } from './door.ts';
import { LabKeys, MAC_BYTES, type DeviceKeys, type Pair } from './keys.ts';

export interface HostOptions {
  /** What the device speaks. */
  readonly profile: LoadedProfile;
  readonly device: DeviceKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly listen: { readonly host: string; readonly port: number; readonly framing: FrameOptions };
  readonly tls: TlsTexts;
  /** How long the device waits for an answer, ms, as its vendor says. */
  readonly deviceTimeoutMs: number;
  /** The PIN that the person is told to type; undefined: any that opens. */
  readonly pin?: string | undefined;
  /** Told of everything as it happens, for who watches. */
  readonly onSeen?: (what: SeenRequest | string) => void;
}

/** Faults after which the device has an answer that it can believe, in time. */
const SOUND: ReadonlySet<Fault | undefined> = new Set([undefined, 'slow', 'twice', 'close-after']);
/** Codes that decide nothing: the same request may be asked again. */
const PASSING: ReadonlySet<string> = new Set(['63', '76', '91', '96']);
/** A late answer comes so long after the device's own limit. */
const LATE_MS = 5_000;

/** The gateway side of a certification: the product's own codec, profile and MAC, scripted decisions, faults on demand. It has no
 *  database and no bank (decision 67). */
export class Host {
  readonly #options: HostOptions;
  readonly #profile: Profile;
  readonly #contract: Profile;
  readonly speech: Speech;
  readonly #quotes = new Map<string, Quote>();
  readonly #keys: LabKeys;
  readonly #books = new Books();
  /** STANs since the last time they began anew. */
  readonly #used = new Set<string>();
  #door: Door | undefined;
  #seen: CaseSeen = nothingSeen();
  #step = 0;
  #rules: { readonly rule: Rule; left: number }[] = [];
  #serial = 0;
  /** Frames that came, of any kind; what a driver of a simulated device compares. */
  received = 0;
  /** Counts everything that happens. */
  activity = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    const native = loadProfile(NATIVE_FILE);
    this.#contract = openProfile(native);
    this.speech = speechOf(options.profile);
    this.#profile = this.speech.native ? this.#contract : openProfile(options.profile);
    this.#keys = new LabKeys(options.device, options.random.bytes);
  }

  async open(): Promise<number> {
    const { listen, tls, device } = this.#options;
    this.#door = await openDoor({
      ...listen,
      tls,
      terminal: device.terminal,
      onOpen: (line) => {
        this.#note('opened', line.id);
      },
      onClose: (line) => {
        this.#note('closed', line.id);
      },
      onKeepAlive: (line) => {
        this.#note('keep-alive', line.id);
      },
      onRefused: (why) => {
        this.#note('refused', 0, why);
      },
      onFrame: (body, line) => {
        this.received++;
        this.#receive(body, line);
      },
    });
    return this.#door.port;
  }

  async close(): Promise<void> {
    await this.#door?.close();
  }

  get entering(): number {
    return this.#door?.entering ?? 0;
  }

  /** A case begins. @returns what will be seen in it */
  begin(): CaseSeen {
    this.#seen = nothingSeen();
    this.#rules = [];
    this.#step = 0;
    return this.#seen;
  }

  step(index: number, { rules = [], deed }: Step): void {
    this.#step = index;
    if (deed.do === 'set-stan') {
      this.#used.clear();
      this.#books.renumber();
    }
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Infinity }));
  }

  #note(what: CaseSeen['lines'][number]['what'], connection: number, why?: string): void {
    this.activity++;
    const at = this.#options.clock.now();
    this.#seen.lines.push({ at, step: this.#step, connection, what, ...(why === undefined ? {} : { why }) });
    this.#options.onSeen?.(`${what}${connection === 0 ? '' : ` #${connection}`}${why === undefined ? '' : `: ${why}`}`);
  }

  #receive(body: Buffer, line: Line): void {
    this.activity++;
    let message: Message;
    try {
      message = this.#profile.decode(body);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#note('undecodable', line.id, `${error.path} ${error.reason}`);
      line.destroy();
      return;
    }
    if (isAnswer(message.mti)) {
      this.#note('undecodable', line.id, `${message.mti} is an answer`);
      return;
    }
    this.#serve(message, body, line);
  }

  #serve(said: Message, body: Buffer, line: Line): void {
    const { clock, device } = this.#options;
    const now = clock.now();
    const tx = this.#profile.read(said, { now, terminal: device.terminal, merchant: device.merchant });
    const kind = kindOf(tx, said);
    const message = this.#inContract(tx, said);
    const known = kind === 'other' || tx.kind === 'network' ? undefined : this.#books.find(message);
    const content = contentOf(message);
    const pair = this.#keys.pairOf(body, now);
    const carries = said.has(64) || said.has(128);
    const rule = this.#ruleFor(kind);
    const seen: SeenRequest = {
      at: now,
      step: this.#step,
      connection: line.id,
      kind,
      message,
      said,
      unsaid: this.#unsaid,
      tx,
      mac: carries ? (pair === undefined ? 'wrong' : 'good') : 'none',
      pinGood: this.#pinGood(tx, pair),
      repeats: known !== undefined && known.content === content ? known.seen : undefined,
      conflicts: known !== undefined && known.content !== content,
      reused: known?.content !== content && !isLateUnderSameStan(tx) && this.#isUsed(message),
      fault: rule?.fault,
      answer: undefined,
    };
    this.#seen.requests.push(seen);
    this.#used.add(message.get(11) ?? '');
    const answer = this.#answerTo(seen, content, known, rule, now);
    this.#options.onSeen?.(seen);
    this.#say(seen, answer, pair, line, now);
  }

  /** Every case looks at the contract's words. */
  #inContract(tx: Mapped, said: Message): Message {
    if (this.speech.native || tx.kind === 'refused') return said;
    const quote = tx.kind === 'purchase' ? this.#quotes.get(tx.quoteRef ?? '') : undefined;
    const named = 'original' in tx ? tx.original.mti + tx.original.stan + tx.original.transmission : undefined;
    return inContract(tx, said, this.#contract.codec, {
      totalRials: tx.kind === 'purchase' && tx.totalOf === 'card' ? quote?.totalRials : undefined,
      original: named === undefined ? undefined : this.#books.named(named)?.seen,
    });
  }

  get #unsaid(): SeenRequest['unsaid'] {
    const { saysReason, ownStan, lineAmounts, native } = this.speech;
    const all = [['reason', saysReason], ['own-stan', ownStan], ['line-amounts', lineAmounts]] as const; // prettier-ignore
    return new Set(all.flatMap(([name, says]) => (native || says ? [] : [name])));
  }

  #isUsed(message: Message): boolean {
    return this.#used.has(message.get(11) ?? '');
  }

  #ruleFor(kind: RequestKind): Rule | undefined {
    const found = this.#rules.find(({ rule, left }) => rule.on === kind && left > 0);
    if (found === undefined) return undefined;
    found.left--;
    return found.rule;
  }

  #pinGood(tx: Mapped, pair: Pair | undefined): boolean | undefined {
    if (!('pin' in tx) || tx.pin === undefined) return undefined;
    return this.#keys.opensPin(tx.pin, tx.card.pan, pair, this.#options.pin);
  }

  /** As the product's own road has it: identity, keys, MAC, meaning, clock, repeat; then what the case says, else approval. */
  #answerTo(seen: SeenRequest, content: string, known: Entry | undefined, rule: Rule | undefined, now: number): Answer {
    const { device, random } = this.#options;
    const { tx, message, mac, kind } = seen;
    const network = tx.kind === 'network';
    if (message.get(41) !== device.terminal) return { rc: '58' };
    if (message.has(42) && message.get(42) !== device.merchant) return { rc: '03' };
    if (kind !== 'keys' && this.#keys.current === undefined && !network) return { rc: '76' };
    if (kind !== 'keys' && this.#keys.current !== undefined && (mac === 'wrong' || (mac === 'none' && !network)))
      return { rc: '63' };
    if (tx.kind === 'refused') return { rc: tx.rc, fault: tx.path };
    if (seen.conflicts) return { rc: '94' };
    if (freshnessOf(tx, now, DEFAULT_WINDOW) !== 'fresh' && known === undefined)
      return { rc: '30', fault: '13', text: CLOCK_TEXT };
    if (known !== undefined) return rule?.answer === undefined ? known.answer : { ...known.answer, ...rule.answer };
    const token = random.bytes(16).toString('base64url');
    const quote = tx.kind === 'purchase' ? this.#quotes.get(tx.quoteRef ?? '') : undefined;
    let answer = decide(tx, now, ++this.#serial, token, quote);
    if (tx.kind === 'quote') answer = this.#quoted(tx.totalRials, answer, seen);
    if (tx.kind === 'totals') {
      answer = this.#totals(tx, rule);
      seen.why = answer.why;
    }
    const decided = answer;
    if (rule?.answer !== undefined) answer = declinedOr({ ...answer, ...rule.answer });
    if (network) return answer;
    if (tx.kind === 'reversal') this.#books.reverse(message.get(90) ?? '', tx.reason);
    else if (this.#books.isTakenBack(message)) answer = { rc: '12', rrn: answer.rrn };
    const approved = answer.rc === '00' || answer.rc === '10';
    const rials = quote !== undefined ? quote.totalRials : 'totalRials' in tx ? tx.totalRials : 0n;
    // What was refused for the moment is decided when it comes again.
    const kept = PASSING.has(answer.rc) ? decided : answer;
    this.#books.enter({ seen, content, answer: kept, kind, rials, approved, reversed: undefined });
    return answer;
  }

  /** Where a purchase is told its parts by its quote, what a case wants of the purchase's answer is said there. */
  #quoted(totalRials: bigint, answer: Answer, seen: SeenRequest): Answer {
    const next = this.#rules.find(({ rule, left }) => rule.on === 'purchase' && left > 0)?.rule.answer;
    const parts = next?.voucherRials === undefined || !this.speech.twoSteps ? {} : { voucherRials: next.voucherRials, cardRials: next.cardRials ?? 0n, lines: next.lines ?? answer.lines }; // prettier-ignore
    const told = { ...answer, ...parts };
    const { quoteRef, voucherRials = 0n, cardRials = 0n } = told;
    if (quoteRef !== undefined) this.#quotes.set(quoteRef, { totalRials, voucherRials, cardRials });
    seen.quoteRef = quoteRef;
    return told;
  }

  #totals(tx: Extract<Mapped, { kind: 'totals' }>, rule: Rule | undefined): Answer {
    const why = this.#books.disagreement(tx.claimed);
    const totals = this.#books.totals();
    const rc = rule?.answer?.rc ?? (why === undefined ? '00' : '95');
    if (rc === '00' && SOUND.has(rule?.fault)) this.#books.close();
    return { rc, totals, why };
  }

  /** Writes the answer, MACs it, and does to it what the case asks for. */
  #say(seen: SeenRequest, answer: Answer, pair: Pair | undefined, line: Line, now: number): void {
    const { clock, random, deviceTimeoutMs } = this.#options;
    const profile = this.#profile;
    const { fault, kind } = seen;
    let said = answer;
    let under = pair ?? this.#keys.current;
    if (kind === 'keys' && answer.rc === '00') {
      const made = this.#keys.make();
      const blocks = this.#keys.blocks(made);
      said = { ...answer, keyBlocks: fault === 'bad-keys' ? { ...blocks, tak: damaged(blocks.tak) } : blocks };
      under = made;
      if (fault !== 'bad-keys' && fault !== 'foreign-mac') this.#keys.use(made, now);
    }
    if (answer.rc === '76' && this.#keys.current === undefined) under = undefined;
    if (fault === 'foreign-mac') under = this.#keys.make();
    if (fault === 'bad-piece' && said.chunk !== undefined) said = { ...said, chunk: spoiled(said.chunk) };
    const input = altered(profile.write(seen.said, said, now), fault);
    const body = this.#sealed(input, fault === 'no-mac' ? undefined : under);
    if (fault === 'wrong-mac') body[body.length - 1] = (body.at(-1) ?? 0) ^ 0xff;
    seen.answer = {
      at: now,
      rc: answer.rc,
      message: profile.decode(body),
      sound: SOUND.has(fault),
    } satisfies SeenAnswer;
    const late = (ms: number): void => {
      clock.after(ms, () => {
        this.activity++;
        if (line.open) line.send(body);
      });
    };
    switch (fault) {
      case 'silence':
        return;
      case 'slow':
        late(Math.floor(deviceTimeoutMs * 0.6));
        return;
      case 'late':
        late(deviceTimeoutMs + LATE_MS);
        return;
      case 'close':
        line.destroy();
        return;
      case 'half':
        line.sendHalf(body);
        return;
      case 'garbage':
        line.send(random.bytes(24));
        return;
      default:
        line.send(body);
        if (fault === 'twice') line.send(body);
        if (fault === 'close-after') line.end();
    }
  }

  #sealed(input: MessageInput, pair: Pair | undefined): Buffer {
    const { codec } = this.#profile;
    if (pair === undefined) return codec.encode(input);
    const field = Math.max(...Object.keys(input.fields).map(Number)) > 64 ? '128' : '64';
    const bytes = codec.encode({ mti: input.mti, fields: { ...input.fields, [field]: '0'.repeat(2 * MAC_BYTES) } });
    this.#keys.mac(pair.tak, bytes.subarray(0, -MAC_BYTES)).copy(bytes, bytes.length - MAC_BYTES);
    return bytes;
  }
}

/** Some PSPs name an original by giving its STAN again. */
function isLateUnderSameStan(tx: Mapped): boolean {
  return 'original' in tx && tx.original.stan === tx.stan;
}

const CLOCK_TEXT = 'ساعت یا تاریخ پایانه درست نیست؛ آن را تنظیم کنید';

/** A decline says no amounts. */
function declinedOr(answer: Answer): Answer {
  if (answer.rc === '00' || answer.rc === '10') return answer;
  const { rc, rrn, text, fault, news, totals } = answer;
  return { rc, rrn, text, fault, news, totals };
}

function altered({ mti, fields }: MessageInput, fault: Fault | undefined): MessageInput {
  const changed: Record<string, FieldInput> = { ...(fields as Record<string, FieldInput>) };
  const number = (de: string): number => Number(changed[de]);
  if (fault === 'other-stan') changed['11'] = String((number('11') % 999_999) + 1).padStart(6, '0');
  if (fault === 'other-terminal') changed['41'] = '99999999';
  if (fault === 'other-amount' && changed['4'] !== undefined) changed['4'] = String(number('4') + 10).padStart(12, '0');
  return { mti: fault === 'other-mti' ? `${mti.slice(0, 1)}4${mti.slice(2)}` : mti, fields: changed };
}

function damaged(block: string): string {
  const last = block.at(-1) === '0' ? '1' : '0';
  return block.slice(0, -1) + last;
}

function spoiled(chunk: string): string {
  return chunk.slice(0, -1) + (chunk.endsWith('0') ? '1' : '0');
}
